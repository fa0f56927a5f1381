"""Messages saved in the same transaction as the change they announce."""
