"""Messages out: email, text and letter."""
