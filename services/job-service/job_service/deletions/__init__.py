"""What is to be removed from the store: the intents, and what a completed job leaves behind."""
