"""Uploads: checked, cleaned and served safely."""
