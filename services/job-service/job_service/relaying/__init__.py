"""The relay: sends the outbox's messages to the queue and the gallery."""
