"""The tables, the cache and the queue behind jobs and tasks, one vendor per module."""
