"""An issuer of Cognito-shaped tokens with its own key: the part of a user pool that tests need."""

import base64
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from videoforge.tokens import KeySet, TokenVerifier

POOL_ID: Final = "us-east-1_TestPool"
CLIENT_ID: Final = "test-client"
ISSUER: Final = f"https://cognito-idp.us-east-1.amazonaws.com/{POOL_ID}"


class TokenIssuer:
    """A user pool's signing half. One RSA key, kid `test-key`."""

    def __init__(self, *, issuer: str = ISSUER, client_id: str = CLIENT_ID, kid: str = "test-key") -> None:
        self.kid = kid
        self.issuer = issuer
        self.client_id = client_id
        self.private_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def issue(
        self, user_id: str, *, groups: Sequence[str] = ("user",), life_seconds: int = 3600, **claims: Any
    ) -> str:
        """Return an access token; `claims` override Cognito's, and None omits one."""
        now = int(time.time())
        standard = {
            "sub": user_id,
            "cognito:groups": list(groups) or None,
            "iss": self.issuer,
            "client_id": self.client_id,
            "origin_jti": str(uuid.uuid4()),
            "event_id": str(uuid.uuid4()),
            "token_use": "access",
            "scope": "aws.cognito.signin.user.admin",
            "auth_time": now,
            "exp": now + life_seconds,
            "iat": now,
            "jti": str(uuid.uuid4()),
            "username": user_id,
        }
        return self.sign({name: value for name, value in (standard | claims).items() if value is not None})

    def sign(self, claims: Mapping[str, Any], *, header: Mapping[str, Any] | None = None) -> str:
        """Return a token with any claims, signed with this issuer's key under RS256, whatever the
        header says."""
        shown = {"alg": "RS256", "kid": self.kid, "typ": "JWT"} | dict(header or {})
        text = f"{_encode(json.dumps(shown).encode())}.{_encode(json.dumps(claims).encode())}"
        signature = self.private_key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{_encode(signature)}"

    def build_headers(self, user_id: str, *, groups: Sequence[str] = ("user",)) -> dict[str, str]:
        """Return the request headers of a program that is signed in as this user."""
        return {"Authorization": f"Bearer {self.issue(user_id, groups=groups)}"}

    def key_set(self) -> list[Mapping[str, Any]]:
        """Return the public key as the pool's JSON Web Key Set would."""
        numbers = self.private_key.public_key().public_numbers()
        return [
            {
                "kty": "RSA",
                "alg": "RS256",
                "use": "sig",
                "kid": self.kid,
                "n": _encode(numbers.n.to_bytes(256, "big")),
                "e": _encode(numbers.e.to_bytes(3, "big")),
            }
        ]

    def build_verifier(self) -> TokenVerifier:
        return TokenVerifier(
            issuer=self.issuer, client_id=self.client_id, key_set=KeySet(lambda: self.key_set())
        )


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
