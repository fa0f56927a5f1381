"""Parse, call, shape: HTTP in and out, and nothing decided."""
