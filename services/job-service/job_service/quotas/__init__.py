"""How much one person, and everybody together, may store and queue."""
