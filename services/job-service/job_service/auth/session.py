"""A browser session: its tokens stay on the server, the browser holds a secret that identifies it.

The secret is 32 random bytes in base64url; only its SHA-256 is stored. It is not a password, so a
plain hash is enough: 256 bits cannot be guessed.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

#: An access token is renewed this long before it expires, so that no request carries one that
#: expires on the way, and users do not notice a pool that is down for minutes.
RENEW_BEFORE: Final = timedelta(minutes=5)
#: Larger than the leeway of the token check: a token is not used in its last moments.
MARGIN: Final = timedelta(seconds=20)


@dataclass(frozen=True, kw_only=True)
class Session:
    """`sealed_tokens` is the encrypted token set; `groups` are those at sign-in.

    `user_agent` and `address` are for the user's own list of sessions.
    """

    id: str
    secret_hash: str
    user_id: str
    email: str
    groups: tuple[str, ...]
    sealed_tokens: str = field(repr=False)
    access_expires_at: datetime
    expires_at: datetime
    created_at: datetime
    last_seen_at: datetime
    user_agent: str
    address: str

    def wants_renewal(self, now: datetime) -> bool:
        return self.access_expires_at - now < RENEW_BEFORE

    def is_usable(self, now: datetime) -> bool:
        """Say whether the access token still works."""
        return self.access_expires_at - now > MARGIN


def hash_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def build_one_use_id(kind: str, *, secret: str) -> str:
    """Return the id under which a secret is marked as used, without the secret itself."""
    return f"{kind}:{hash_secret(secret)}"
