"""Rows that no sweep can deal with: set aside and shown to the operator."""
