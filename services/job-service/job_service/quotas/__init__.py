"""How much one user, and all users together, may store and queue."""
