"""Bookable time that cannot be double-booked."""
