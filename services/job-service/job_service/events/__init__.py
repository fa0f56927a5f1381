"""Server-Sent Events: one subscriber to Redis, fanned out to every stream."""
