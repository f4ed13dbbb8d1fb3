"""Uploads: checked, cleaned and served safely."""

from __future__ import annotations

from moothall.files.registry import register_guard

__all__ = ["register_guard"]
