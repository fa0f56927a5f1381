"""When a sign-in has ended.

Tokens record their issue time in whole seconds (RFC 7519, NumericDate), while a sign-out has a
finer timestamp. A token issued in the same second as a sign-out could be from before or after it:
it is refused, and a new sign-in takes a token from the next second (sign_in.py).
"""

from datetime import datetime
from typing import Final

from videoforge.tokens import Principal

#: How long a revoked sign-in is remembered: one hour longer than Cognito's longest access token.
#: Its refresh token is revoked in the pool and can produce no more.
REVOKED_HOURS: Final = 25


def is_cut_off(issued_at_seconds: int, *, signed_out_at: datetime | None) -> bool:
    """Say whether a token was, or may have been, issued before the user signed out everywhere."""
    return signed_out_at is not None and issued_at_seconds <= int(signed_out_at.timestamp())


def name_sign_in(principal: Principal) -> str:
    """Return the id of the token's sign-in; a pool without token revocation sets no
    `origin_jti`."""
    return principal.origin_jti or principal.jti
