"""Token sets of browser sessions, encrypted for the database with Fernet (AES-128-CBC and HMAC-SHA-256).

Keys rotate without a stop: the first of SESSION_KEYS encrypts, all of them decrypt. A token set is written
anew at each renewal, an hour at most, but its session lives for days: keep an old key that long.
"""

import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from job_service.domain.credentials import TokenSet
from job_service.ports.auth import SealBroken


class FernetSeal:
    def __init__(self, keys: str) -> None:
        """`keys` are Fernet keys, comma separated. Raises ValueError on anything else, without showing it."""
        try:
            self._fernet = MultiFernet([Fernet(key.strip()) for key in keys.split(",") if key.strip()])
        except ValueError as error:
            raise ValueError("SESSION_KEYS wants Fernet keys: 32 bytes in base64url each") from error

    def seal(self, tokens: TokenSet) -> str:
        plain = json.dumps(
            {
                "access_token": tokens.access_token,
                "id_token": tokens.id_token,
                "refresh_token": tokens.refresh_token,
                "expires_in_seconds": tokens.expires_in_seconds,
            }
        )
        return self._fernet.encrypt(plain.encode()).decode()

    def open(self, sealed: str) -> TokenSet:
        try:
            return TokenSet(**json.loads(self._fernet.decrypt(sealed)))
        except (InvalidToken, ValueError, TypeError) as error:
            raise SealBroken from error
