"""Tasks as processors see them: claim one, keep the lease, report, and end it one way or the other."""
