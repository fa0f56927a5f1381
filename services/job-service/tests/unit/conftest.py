"""The app with the user pool and every store in memory, and the issuer of its tokens."""

import itertools
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from job_service.auth.ports import AuthPorts
from job_service.processes.app import create_app
from job_service.testing.auth import TokenIssuer, build_test_settings, install_memory_auth

_NETWORKS = itertools.count(1)


@pytest.fixture(scope="module")
def issuer() -> TokenIssuer:
    return TokenIssuer()


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app(build_test_settings())


@pytest.fixture
def auth(app: Flask, issuer: TokenIssuer) -> AuthPorts:
    return install_memory_auth(app, issuer)


@pytest.fixture
def make_client(app: Flask) -> Callable[[], FlaskClient]:
    """Makes clients with different addresses, so that no test uses up another's limit."""

    def make() -> FlaskClient:
        client = app.test_client()
        number = next(_NETWORKS)
        client.environ_base["REMOTE_ADDR"] = f"10.{number // 250}.{number % 250}.1"
        return client

    return make
