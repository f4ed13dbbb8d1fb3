"""A person answers a service's questions, online or assisted."""
