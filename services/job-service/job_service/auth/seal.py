"""Encrypts the token sets of browser sessions in the database, and challenges held by clients, with
Fernet (AES-128-CBC and HMAC-SHA-256).

Keys can be rotated without downtime: the first of SESSION_KEYS encrypts, all of them decrypt. A
token set is re-encrypted at each renewal, at most an hour apart, but a session lives for days: keep
an old key that long.
"""

import hashlib
import json
from dataclasses import asdict
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from job_service.auth.credentials import TokenSet


class SealBroken(Exception):
    """The value was not sealed with any of our keys, or has been modified since."""


class FernetSeal:
    """Encrypts token sets and second factors at rest, and what a client stores for us between two
    requests. `key_name` distinguishes the sealing key from others and reveals nothing else about
    it."""

    def __init__(self, keys: str) -> None:
        """`keys` are comma-separated Fernet keys. Raises ValueError on anything else, without
        showing it."""
        named = [key.strip() for key in keys.split(",") if key.strip()]
        try:
            self._fernet = MultiFernet([Fernet(key) for key in named])
        except ValueError as error:
            raise ValueError("SESSION_KEYS must be Fernet keys: 32 bytes in base64url each") from error

        self.key_name = hashlib.sha256(named[0].encode()).hexdigest()[:16] if named else ""

    def seal_factor(self, secret: str, *, user_id: str) -> str:
        return self._seal({"factor": secret, "user_id": user_id})

    def open_factor(self, sealed: str, *, user_id: str) -> str:
        """Raises SealBroken, also for another user's."""
        values = self._open(sealed)
        if values.get("user_id") != user_id or "factor" not in values:
            raise SealBroken
        return str(values["factor"])

    def seal_tokens(self, tokens: TokenSet) -> str:
        return self._seal(asdict(tokens))

    def open_tokens(self, sealed: str) -> TokenSet:
        """Raises SealBroken."""
        try:
            return TokenSet(**self._open(sealed))
        except TypeError as error:
            raise SealBroken from error

    def seal_challenge(self, session: str, *, email: str) -> str:
        return self._seal({"challenge": session, "email": email})

    def open_challenge(self, sealed: str, *, email: str, max_age_seconds: int) -> str:
        """Return the pool's session. Raises SealBroken, also for another email or an expired
        challenge."""
        values = self._open(sealed, max_age_seconds=max_age_seconds)
        if values.get("email") != email or "challenge" not in values:
            raise SealBroken
        return str(values["challenge"])

    def _seal(self, values: dict[str, Any]) -> str:
        return self._fernet.encrypt(json.dumps(values).encode()).decode()

    def _open(self, sealed: str, *, max_age_seconds: int | None = None) -> dict[str, Any]:
        try:
            values: dict[str, Any] = json.loads(self._fernet.decrypt(sealed.encode(), ttl=max_age_seconds))
        except (InvalidToken, ValueError) as error:
            raise SealBroken from error
        return values
