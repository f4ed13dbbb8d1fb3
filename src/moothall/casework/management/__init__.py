"""Commands of the casework room."""
