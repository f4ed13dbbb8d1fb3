"""The registry of named look-ups and their local stand-ins."""

from __future__ import annotations

from moothall.connectors.registry import Connector, LookUpFailed, call, register

__all__ = ["Connector", "LookUpFailed", "call", "register"]
