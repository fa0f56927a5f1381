"""When a sign-in has ended.

Tokens say when they were issued in whole seconds (RFC 7519, NumericDate), a sign-out has a finer clock. So a
token of the very second of a sign-out could be from before it or from after it: it is refused, and a new
sign-in waits for the next second (use_cases/auth/complete_sign_in.py).
"""

from datetime import datetime


def is_cut_off(issued_at_seconds: int, *, signed_out_at: datetime | None) -> bool:
    """Say whether a token was, or may have been, issued before the user signed out everywhere."""
    return signed_out_at is not None and issued_at_seconds <= int(signed_out_at.timestamp())
