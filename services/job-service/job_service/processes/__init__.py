"""Entry points: one module per process or command."""
