"""What process files put together: settings → adapters → use cases' ports, one module per feature."""
