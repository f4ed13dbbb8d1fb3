"""The registry of named look-ups and their local stand-ins."""
