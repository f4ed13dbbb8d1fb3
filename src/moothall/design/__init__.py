"""Components, layouts and theme."""
