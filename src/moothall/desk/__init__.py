"""The staff desk: queue, case and assisted digital."""
