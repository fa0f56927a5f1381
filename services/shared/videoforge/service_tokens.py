"""The tokens that services show each other, in the header `X-VideoForge-Service-Token`.

Two are accepted so that they can rotate without a stop: first the new one is added in second place
everywhere, then it moves to the first, which is the one that is sent, then the old one goes.
"""

import hmac
from typing import Final

from pydantic import SecretStr

HEADER: Final = "X-VideoForge-Service-Token"


class ServiceTokens:
    """At most two tokens of 32 characters or more; ValueError on anything else."""

    def __init__(self, setting: SecretStr) -> None:
        self._tokens = [token.strip() for token in setting.get_secret_value().split(",") if token.strip()]
        if not 1 <= len(self._tokens) <= 2 or any(len(token) < 32 for token in self._tokens):
            raise ValueError("SERVICE_TOKENS wants one or two tokens of 32 characters or more")

    def build_headers(self) -> dict[str, str]:
        return {HEADER: self._tokens[0]}

    def is_accepted(self, token: str | None) -> bool:
        """Compare in constant time, so that a guess learns nothing from the answer's delay."""
        shown = (token or "").encode()
        matches = [hmac.compare_digest(shown, known.encode()) for known in self._tokens]
        return any(matches)
