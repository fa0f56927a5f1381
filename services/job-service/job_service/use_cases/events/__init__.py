"""Watching jobs: one reader of the feed for the process, one bounded queue for each watcher."""
