"""Auth for tests: settings, and an app that accepts the tokens of a TokenIssuer.

issuer = TokenIssuer()
app = create_app(build_test_settings(db_port=…))
trust_issuer(app, issuer)                 # real stores, the issuer's tokens
install_memory_auth(app, issuer)          # no database and no Redis behind auth
client.get("/api/auth/me", headers=issuer.build_headers("user-1"))
"""

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from flask import Flask

from job_service.auth.codes import Argon2Codes
from job_service.auth.ports import AuthPorts, AuthTransaction
from job_service.auth.seal import FernetSeal
from job_service.settings import Settings
from job_service.testing.auth_stores import (
    ForgetfulCache,
    MemoryAuthDatabase,
    MemorySessions,
    MemorySignIns,
    MemoryUsers,
)
from job_service.testing.factors import FixedAuthenticator, MemoryFactors
from job_service.testing.identity import MemoryIdentity
from job_service.testing.token_issuer import CLIENT_ID, POOL_ID, TokenIssuer
from job_service.web.services import EXTENSION, get_services

__all__ = ["TokenIssuer", "build_memory_auth", "build_test_settings", "install_memory_auth", "trust_issuer"]

_TEST_VALUES: Final[Mapping[str, Any]] = {
    "aws_endpoint_url": None,
    "service_tokens": "test-service-token-of-32-characters-or-more",
    "db_password": "test",
    "sqs_queue_url": "http://127.0.0.1:1/000000000000/test.fifo",
    "sqs_dead_letter_queue_url": "http://127.0.0.1:1/000000000000/test-dead.fifo",
    "cognito_user_pool_id": POOL_ID,
    "cognito_client_id": CLIENT_ID,
    "media_token_key": "test-media-token-key-of-32-characters",
    "session_keys": base64.urlsafe_b64encode(bytes(32)).decode(),
    # Nothing listens on port 1: a unit test that connects to a server fails at once.
    "db_port": 1,
    "redis_port": 1,
    "gallery_url": "http://127.0.0.1:1",
    "cognito_jwks_url": "http://127.0.0.1:1/jwks.json",
}


def build_test_settings(**overrides: Any) -> Settings:
    """Return settings whose servers do not exist, except those that the test sets."""
    return Settings(**{**_TEST_VALUES, **overrides})


def build_memory_auth(issuer: TokenIssuer, *, auto_confirms: bool = False) -> AuthPorts:
    return AuthPorts(
        database=MemoryAuthDatabase(
            AuthTransaction(
                users=MemoryUsers(),
                sign_ins=MemorySignIns(),
                sessions=MemorySessions(),
                factors=MemoryFactors(),
            )
        ),
        identity=MemoryIdentity(issuer),
        verifier=issuer.build_verifier(),
        cache=ForgetfulCache(),
        seal=FernetSeal(_TEST_VALUES["session_keys"]),
        code_hash=Argon2Codes(),
        authenticator=FixedAuthenticator(),
        clock=lambda: datetime.now(UTC),
        session_days=30,
        takes_sign_ups=True,
        auto_confirms=auto_confirms,
        fresh_minutes=10,
    )


def trust_issuer(app: Flask, issuer: TokenIssuer) -> None:
    """Let the app accept this issuer's tokens; the stores stay as wired."""
    with app.app_context():
        services = get_services()
    auth = replace(services.auth, verifier=issuer.build_verifier())
    app.extensions[EXTENSION] = replace(services, auth=auth)


def install_memory_auth(app: Flask, issuer: TokenIssuer, *, auto_confirms: bool = False) -> AuthPorts:
    """Let the app accept this issuer's tokens and keep auth in memory; return those memory
    ports."""
    with app.app_context():
        services = get_services()
    auth = build_memory_auth(issuer, auto_confirms=auto_confirms)
    app.extensions[EXTENSION] = replace(services, auth=auth)
    return auth
