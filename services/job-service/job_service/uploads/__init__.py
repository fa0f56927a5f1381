"""Uploads: what may go to the store, signed URLs, parts, and their ends."""
