"""One log line per request, except for successful health checks of supervisors."""

import logging
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from job_service.processes.app import create_app
from job_service.testing.auth import build_test_settings
from job_service.web.services import EXTENSION
from videoforge.problems import Code, Problem
from videoforge_web.readiness import Readiness


@pytest.fixture
def app() -> Flask:
    return create_app(build_test_settings())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def find_levels(caplog: pytest.LogCaptureFixture) -> list[int]:
    return [record.levelno for record in caplog.records if "'event': 'request'" in record.getMessage()]


def test_a_successful_health_check_is_not_logged(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client.get("/api/health")
    client.get("/api")
    assert find_levels(caplog) == [logging.DEBUG, logging.INFO]


def test_a_failed_health_check_is_logged(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert client.get("/api/ready").status_code == 503
    assert find_levels(caplog) == [logging.INFO]


def test_readiness_reports_the_code_of_a_known_fault(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    def refuse() -> None:
        raise Problem(Code.store_bucket_missing)

    readiness = Readiness({"store": refuse, "redis": lambda: None}, needed={"store"})
    parts = replace(app.extensions[EXTENSION], readiness=readiness)
    monkeypatch.setitem(app.extensions, EXTENSION, parts)
    answer = app.test_client().get("/api/ready")
    assert answer.status_code == 503
    assert answer.json["checks"]["store"]["problem"] == "store_bucket_missing"
    assert answer.json["checks"]["redis"]["problem"] is None


def test_the_log_line_of_a_request_contains_neither_its_query_nor_a_playback_token(
    capsys: pytest.CaptureFixture[str],
) -> None:
    client = create_app(build_test_settings()).test_client()  # writes to what capsys reads
    token = "InZpZGVvLTEi.aR7abc.canary0123456789abcdef"
    client.get("/api/gallery/videos?q=canary-search&cursor=canary-cursor")
    client.get(f"/media/{token}/720p/index.m3u8?x=canary-value")
    client.get("/nowhere?code=canary-code")
    written = capsys.readouterr().out
    assert written.count('"message": "request"') == 3
    assert "canary" not in written
    assert "/media/[redacted]/720p/index.m3u8" in written
