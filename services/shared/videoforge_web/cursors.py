"""Cursors of pages: where the next page starts, as an opaque string. Each list decides what is in it."""

import base64


def encode_cursor(text: str) -> str:
    """Return the text as base64url (RFC 4648, section 5) without padding, safe in a query string."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> str:
    """Return the text. Raises ValueError where `encode_cursor` cannot have made the cursor."""
    padded = cursor + "=" * (-len(cursor) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
