"""The app on fakes, and its callers: an anonymous one, users by name, an admin."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from werkzeug.test import TestResponse

from gallery_service.app import build_app
from gallery_service.ports import Ports
from gallery_service.routes.services import Services
from gallery_service.testing import FixedClock, MemoryPageCache, MemoryVideoStore
from videoforge.gallery import GalleryTrashChange, GalleryTrashChanges
from videoforge.service_tokens import HEADER, ServiceTokens
from videoforge.tokens import KeySetUnavailable, Principal, TokenRefused
from videoforge_web.readiness import Readiness

SERVICE_TOKEN = "s" * 40


class StubVerifier:
    """Accepts `user:<id>` and `admin:<id>` as tokens; videoforge's own tests cover the real checks."""

    is_down = False

    def verify(self, token: str) -> Principal:
        if self.is_down:
            raise KeySetUnavailable
        kind, _, user_id = token.partition(":")
        if kind not in {"user", "admin"} or not user_id:
            raise TokenRefused("not a token")
        return Principal(
            user_id=user_id,
            groups=frozenset({kind}),
            issued_at_seconds=0,
            expires_at_seconds=2**31,
            jti="",
            origin_jti="",
        )


class Caller:
    """job-service on behalf of one user."""

    def __init__(self, client: FlaskClient, *, token: str | None = None) -> None:
        self._client = client
        self._headers = {HEADER: SERVICE_TOKEN} | ({"Authorization": f"Bearer {token}"} if token else {})

    def __call__(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = self._headers | options.pop("headers", {})
        return self._client.open(path, method=method, headers=headers, **options)


@pytest.fixture
def store() -> MemoryVideoStore:
    return MemoryVideoStore()


@pytest.fixture
def cache() -> MemoryPageCache:
    return MemoryPageCache()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def verifier() -> StubVerifier:
    return StubVerifier()


@pytest.fixture
def services(
    store: MemoryVideoStore, cache: MemoryPageCache, clock: FixedClock, verifier: StubVerifier
) -> Services:
    return Services(
        ports=Ports(store=store, cache=cache, clock=clock),
        readiness=Readiness({"database": store.check, "redis": cache.check}, needed={"database"}),
        service_tokens=ServiceTokens(SecretStr(SERVICE_TOKEN)),
        token_verifier=verifier,  # type: ignore[arg-type]
        anonymous_viewing=True,
    )


@pytest.fixture
def app(services: Services) -> Flask:
    return build_app(services)


@pytest.fixture
def anonymous(app: Flask) -> Caller:
    return Caller(app.test_client())


@pytest.fixture
def as_user(app: Flask) -> Callable[[str], Caller]:
    return lambda user_id: Caller(app.test_client(), token=f"user:{user_id}")


@pytest.fixture
def tell_trash(anonymous: Caller, clock: FixedClock) -> Callable[..., None]:
    """Send that a video went to the trash or came back, so many minutes from now."""

    def tell(video_id: str, *, is_trashed: bool, minutes: int = 0) -> None:
        change = GalleryTrashChange(
            video_id=video_id, is_trashed=is_trashed, changed_at=clock.now + timedelta(minutes=minutes)
        )
        body = GalleryTrashChanges(changes=[change]).model_dump(mode="json")
        assert anonymous("POST", "/internal/videos/trash", json=body).status_code == 204

    return tell


@pytest.fixture
def admin(app: Flask) -> Caller:
    return Caller(app.test_client(), token="admin:root")
