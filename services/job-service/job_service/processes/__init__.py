"""What starts: one module per process or command."""
