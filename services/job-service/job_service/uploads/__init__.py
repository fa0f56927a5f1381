"""Uploads: what may be uploaded, signed URLs, parts, and how uploads end."""
