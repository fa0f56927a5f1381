"""Shared by all nouns: database, tables, Redis, object store, metrics. One vendor per module."""
