"""Settings, URL map, WSGI, commands and health."""
