"""The tokens with which services authenticate to each other, in the header
`X-VideoForge-Service-Token`.

Two are accepted, so that they can be rotated without downtime: first the new one is added in second
place everywhere, then it moves to first place, which is the one sent, then the old one is removed.
"""

import hmac
from typing import Final

from pydantic import SecretStr

HEADER: Final = "X-VideoForge-Service-Token"


class ServiceTokens:
    """One or two tokens of 32 characters or more; ValueError for anything else."""

    def __init__(self, setting: SecretStr) -> None:
        self._tokens = [token.strip() for token in setting.get_secret_value().split(",") if token.strip()]
        if not 1 <= len(self._tokens) <= 2 or any(len(token) < 32 for token in self._tokens):
            raise ValueError("SERVICE_TOKENS must be one or two tokens of 32 characters or more")

    def build_headers(self) -> dict[str, str]:
        return {HEADER: self._tokens[0]}

    def is_accepted(self, token: str | None) -> bool:
        """Compare in constant time, so that the answer's delay reveals nothing."""
        shown = (token or "").encode()
        matches = [hmac.compare_digest(shown, known.encode()) for known in self._tokens]
        return any(matches)
