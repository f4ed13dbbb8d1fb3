"""The desk's pages, a module for each kind of work. Views are thin: they read, ask, and show."""
