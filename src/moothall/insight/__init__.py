"""Channels, cost, drop-off and promises kept."""
