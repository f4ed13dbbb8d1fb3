"""Money in: payments and refunds."""
