"""What the processes put together: settings → adapters → each feature's ports, one module per
feature."""
