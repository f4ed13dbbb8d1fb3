"""The resident's pages: home, services, tracking and account."""
