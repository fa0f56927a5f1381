"""Server-Sent Events: one Redis subscriber per process, fanned out to every stream."""
