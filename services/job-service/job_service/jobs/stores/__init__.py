"""The tables, caches and queues of this noun, one vendor per module."""
