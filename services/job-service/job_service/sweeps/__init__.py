"""The relay's periodic work: expired leases, lost messages, stale uploads, deletions."""
