"""Counts that any room emits and insight reads."""
