"""Repeated requests with the same Idempotency-Key get the first answer."""
