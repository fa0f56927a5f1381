"""What the relay does again and again, so that nothing is lost, stuck or left behind."""
