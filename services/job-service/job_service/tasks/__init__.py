"""What processors do with a task: claim, heartbeat, report, complete, fail."""
