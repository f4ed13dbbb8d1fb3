"""How fast it is, measured: `make bench` prints the table that docs/performance.md keeps."""
