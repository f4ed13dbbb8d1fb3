"""The index and its analyser."""
