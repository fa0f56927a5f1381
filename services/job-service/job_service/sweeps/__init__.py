"""What the relay does again and again: expired leases, lost messages, stale uploads, deletions."""
