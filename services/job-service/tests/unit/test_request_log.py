"""A line for each request, but not for the checks of supervisors that go well."""

import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient

from job_service.app import create_app
from job_service.testing.auth import build_test_settings


@pytest.fixture
def app() -> Flask:
    return create_app(build_test_settings())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def find_levels(caplog: pytest.LogCaptureFixture) -> list[int]:
    return [record.levelno for record in caplog.records if "'event': 'request'" in record.getMessage()]


def test_a_check_that_goes_well_is_no_event(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client.get("/api/health")
    client.get("/api")
    assert find_levels(caplog) == [logging.DEBUG, logging.INFO]


def test_a_check_that_finds_a_fault_is_logged(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert client.get("/api/ready").status_code == 503
    assert find_levels(caplog) == [logging.INFO]
