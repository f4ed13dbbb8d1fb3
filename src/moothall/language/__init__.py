"""The service language: compile, check, explain and decide a service file. Pure Python, no Django."""
