"""What every noun stands on: database, tables, Redis, object store, metrics. One vendor per module."""
