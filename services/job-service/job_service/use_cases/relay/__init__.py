"""Send what the outbox holds: hints to the queue, news to the gallery."""
