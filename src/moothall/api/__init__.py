"""The JSON API: what an officer can do, for other systems, with keys of its own."""
