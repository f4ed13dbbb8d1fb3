"""Expressions: parsed, typed, compiled to one JSON form, run without ever raising."""
