"""Moothall: an open-source digital council."""

__version__ = "0.1.0"
