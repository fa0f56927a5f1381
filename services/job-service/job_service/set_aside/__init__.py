"""Rows that no sweep can process: set aside and shown to the operator."""
