"""The relay: sends what the outbox holds to the queue and the gallery."""
