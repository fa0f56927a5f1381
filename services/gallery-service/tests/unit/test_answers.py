"""What is around the routes: request ids, problems, health, outages."""

import json
import logging
from typing import Any

import pytest

from videoforge_web import readiness


def test_an_unknown_address_and_a_wrong_method_have_their_codes(anonymous: Any) -> None:
    assert anonymous("GET", "/api/nothing").json["code"] == "route_not_found"
    wrong = anonymous("POST", "/api/gallery/videos")
    assert (wrong.status_code, wrong.json["code"]) == (405, "method_not_allowed")
    assert "GET" in wrong.headers["Allow"]


def test_a_request_id_is_kept_and_a_malformed_one_is_replaced(anonymous: Any) -> None:
    kept = anonymous("GET", "/api/nothing", headers={"X-Request-Id": "edge-12345"})
    assert kept.headers["X-Request-Id"] == kept.json["request_id"] == "edge-12345"
    replaced = anonymous("GET", "/api/nothing", headers={"X-Request-Id": "a b;c" * 50})
    assert len(replaced.json["request_id"]) == 32


def test_a_database_that_is_down_gives_503_with_retry_after(anonymous: Any, as_user: Any, store: Any) -> None:
    store.is_down = True
    unknown = "00000000-0000-4000-8000-000000000000"
    for answer in (
        anonymous("GET", "/api/gallery/videos"),
        anonymous("GET", f"/api/gallery/videos/{unknown}"),
        as_user("anna")("PUT", f"/api/gallery/videos/{unknown}", json={"title": "New"}),
    ):
        assert (answer.status_code, answer.json["code"]) == (503, "database_unavailable")
        assert answer.json["retryable"] is True
        assert int(answer.headers["Retry-After"]) > 0


def test_a_cache_that_is_down_is_not_noticed(anonymous: Any, cache: Any) -> None:
    cache.is_down = True
    assert anonymous("GET", "/api/gallery/videos").status_code == 200


def test_health_needs_no_token_and_ready_tells_the_database_apart_from_redis(
    app: Any, store: Any, cache: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "REMEMBER_SECONDS", 0)
    client = app.test_client()
    assert client.get("/health").json == {"status": "ok"}
    cache.is_down = True
    ready = client.get("/ready")
    assert (ready.status_code, ready.json["checks"]["redis"]["ok"]) == (200, False)
    store.is_down = True
    assert client.get("/ready").status_code == 503
    assert client.get("/health").status_code == 200


def test_a_bug_gives_500_without_its_details(
    anonymous: Any, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(_request: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(store, "list_videos", explode)
    answer = anonymous("GET", "/api/gallery/videos")
    assert (answer.status_code, answer.json["code"]) == (500, "internal_error")
    assert "secret detail" not in answer.text


def test_a_body_too_large_is_refused(as_user: Any) -> None:
    answer = as_user("anna")(
        "PATCH",
        "/api/gallery/videos/00000000-0000-4000-8000-000000000000",
        data="x" * 300_000,
        content_type="application/json",
    )
    assert (answer.status_code, answer.json["code"]) == (413, "body_too_large")


def test_no_token_reaches_the_log(as_user: Any, app: Any, capsys: pytest.CaptureFixture[str]) -> None:
    from videoforge.logs import configure_logs

    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    configure_logs("gallery-service")
    try:
        as_user("canary-user-0123456789")("GET", "/api/gallery/videos?q=private-search-canary")
    finally:
        root.handlers = handlers
        root.setLevel(level)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    [request] = [line for line in lines if line["message"] == "request"]
    assert request["context"]["status"] == 200
    assert "user:canary" not in json.dumps(lines)
    assert "private-search-canary" not in json.dumps(lines)


def test_a_successful_check_is_logged_at_debug(
    anonymous: Any, store: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "REMEMBER_SECONDS", 0)
    caplog.set_level(logging.DEBUG)
    anonymous("GET", "/health")
    anonymous("GET", "/ready")
    anonymous("GET", "/api/gallery/videos")
    store.is_down = True
    anonymous("GET", "/ready")
    requests = [record for record in caplog.records if "'event': 'request'" in record.getMessage()]
    assert [record.levelname for record in requests] == ["DEBUG", "DEBUG", "INFO", "INFO"]
