"""Auth for tests: an issuer of Cognito-shaped tokens with a key of its own, settings, stores in memory.

issuer = TokenIssuer()
app = create_app(build_test_settings(db_port=…))
trust_issuer(app, issuer)                 # real stores, the issuer's tokens
install_memory_auth(app, issuer)          # no database and no Redis behind auth
client.get("/api/auth/me", headers=issuer.build_headers("user-1"))
"""

import base64
import json
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, cast

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from flask import Flask

from job_service.ports.auth import AuthPorts, SignInStatus
from job_service.ports.database import Transaction
from job_service.routes.parts import EXTENSION, get_parts
from job_service.settings import Settings
from videoforge.tokens import KeySet, TokenVerifier

_TEST_VALUES: Final[Mapping[str, Any]] = {
    "aws_endpoint_url": None,
    "service_tokens": "test-service-token-of-32-characters-or-more",
    "db_password": "test",
    "sqs_queue_url": "http://127.0.0.1:1/000000000000/test.fifo",
    "sqs_dead_letter_queue_url": "http://127.0.0.1:1/000000000000/test-dead.fifo",
    "cognito_user_pool_id": "us-east-1_TestPool",
    "cognito_client_id": "test-client",
    "media_token_key": "test-media-token-key-of-32-characters",
    "session_keys": base64.urlsafe_b64encode(bytes(32)).decode(),
    # Port 1 answers nobody: a unit test that reaches for a server fails at once.
    "db_port": 1,
    "redis_port": 1,
    "gallery_url": "http://127.0.0.1:1",
    "cognito_jwks_url": "http://127.0.0.1:1/jwks.json",
}


def build_test_settings(**overrides: Any) -> Settings:
    """Return settings of which every server is missing, save what the test names."""
    return Settings(**{**_TEST_VALUES, **overrides})


class TokenIssuer:
    """A user pool's signing half. One RSA key, kid `test-key`."""

    def __init__(self, settings: Settings | None = None, *, kid: str = "test-key") -> None:
        settings = settings or build_test_settings()
        self.kid = kid
        self.issuer = settings.issuer
        self.client_id = settings.cognito_client_id
        self.private_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def issue(
        self, user_id: str, *, groups: Sequence[str] = ("user",), life_seconds: int = 3600, **claims: Any
    ) -> str:
        """Return an access token; `claims` replace Cognito's, and None leaves one out."""
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
        """Return any claims under RS256 with this issuer's key, whatever the header says."""
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


class MemoryDatabase:
    """Transactions of stores that live in memory: there is nothing to roll back."""

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        yield cast(Transaction, None)


@dataclass
class MemorySignIns:
    """SignInStore."""

    signed_out: dict[str, datetime] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)

    def find_status(self, transaction: Transaction, *, user_id: str, sign_in_id: str) -> SignInStatus:
        return SignInStatus(signed_out_at=self.signed_out.get(user_id), is_revoked=sign_in_id in self.revoked)

    def revoke(self, transaction: Transaction, sign_in_id: str, *, expires_at: datetime) -> bool:
        was_good = sign_in_id not in self.revoked
        self.revoked.add(sign_in_id)
        return was_good

    def sign_out_user(self, transaction: Transaction, user_id: str) -> None:
        self.signed_out[user_id] = datetime.now(UTC)


class NoSignInCache:
    """A cache that has lost everything, always."""

    def find_status(self, *, user_id: str, sign_in_id: str) -> SignInStatus | None:
        return None

    def keep_status(self, status: SignInStatus, *, user_id: str, sign_in_id: str) -> None:
        """Forgets at once."""

    def forget_user(self, user_id: str) -> None:
        """Knows nobody."""

    def forget_sign_in(self, sign_in_id: str) -> None:
        """Knows none."""


def build_memory_auth(issuer: TokenIssuer) -> AuthPorts:
    return AuthPorts(
        database=MemoryDatabase(),
        verifier=issuer.build_verifier(),
        sign_ins=MemorySignIns(),
        sign_in_cache=NoSignInCache(),
    )


def trust_issuer(app: Flask, issuer: TokenIssuer) -> None:
    """Let the app take this issuer's tokens; the stores stay as wired."""
    with app.app_context():
        parts = get_parts()
    auth = replace(parts.auth, verifier=issuer.build_verifier())
    app.extensions[EXTENSION] = replace(parts, auth=auth)


def install_memory_auth(app: Flask, issuer: TokenIssuer) -> AuthPorts:
    """Let the app take this issuer's tokens and keep everything of auth in memory; return what it keeps."""
    with app.app_context():
        parts = get_parts()
    auth = build_memory_auth(issuer)
    app.extensions[EXTENSION] = replace(parts, auth=auth)
    return auth
