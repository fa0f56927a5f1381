"""Log lines: one JSON object each, in the same shape everywhere, without secrets."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from videoforge.logs import bind_context, clear_context, configure_logs, get_logger, redact

ACCESS_TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLWNhbmFyeQ"
#: name → (the secret, a text in which it might reach a log)
CANARIES = {
    "bearer token": ("canary-opaque-0123456789", "Authorization: Bearer canary-opaque-0123456789"),
    "access token": (ACCESS_TOKEN, f"got {ACCESS_TOKEN} from the pool"),
    "unsigned token": (
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcnkifQ",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcnkifQ.",
    ),
    "signed URL": (
        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        "GET /video-forge-storage/users/1/uploads/2/source.mp4?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=test%2F20261120%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Expires=900"
        "&X-Amz-Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    ),
    "credential of a signed URL": (
        "AKIACANARY%2F20261120",
        "https://s3/b/k?X-Amz-Credential=AKIACANARY%2F20261120%2Fus-east-1&X-Amz-Signature=aa",
    ),
    "session token of a signed URL": ("FwoGZXIvCANARY", "?X-Amz-Security-Token=FwoGZXIvCANARY%3D%3D&a=1"),
    "older signed URL": ("canarysig%3D", "https://b.s3/k?AWSAccessKeyId=AK&Signature=canarysig%3D&Expires=1"),
    "code in a query": ("Canary-654321", "Error handling request /api/x?code=Canary-654321&page=2"),
    "search in a query": ("canary%20words", "https://videos.example/search?q=canary%20words"),
    "CloudFront URL": ("canary-cf-sig__", "https://cdn/k?Policy=abc&Signature=canary-cf-sig__&Key-Pair-Id=K1"),
    "playback token": (
        "InZpZGVvLTEi.aR7abc.canary0123456789abcdef",
        "/media/InZpZGVvLTEi.aR7abc.canary0123456789abcdef/720p/index.m3u8",
    ),
    "database URL": ("canary-db-password", "postgresql+psycopg2://job_service:canary-db-password@db:5432/jobs"),
    "password with a colon in a URL": ("can:ary", "redis://user:can:ary@cache:6379/0"),
    "cookie": ("canary-session-secret", "Cookie: theme=dark; videoforge_session=canary-session-secret"),
    "set cookie": ("canary-host-secret", "Set-Cookie: __Host-videoforge_session=canary-host-secret; Path=/"),
    "password in JSON": ("Canary-Horse-7", '{"email": "a@example.org", "password": "Canary-Horse-7"}'),
    "password in a form": ("Canary-Horse-8", "username=a&password=Canary-Horse-8&x=1"),
    "password in a dict's repr": ("Canary-Horse-9", "{'Password': 'Canary-Horse-9', 'ClientId': 'x'}"),
    "refresh token in JSON": ("canary.refresh.jwe", '{"refresh_token":"canary.refresh.jwe"}'),
    "service token header": ("canary-service-token", "X-VideoForge-Service-Token: canary-service-token"),
}  # fmt: skip
SECRET_FIELDS = (
    "password", "new_password", "db_password", "token", "access_token", "refresh_token", "id_token",
    "lease_token", "secret", "SecretCode", "Authorization", "cookie", "Set-Cookie", "code", "session",
    "signature", "api_key", "service_tokens", "media_token_key", "session_keys", "private_key",
)  # fmt: skip


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """The output of a configured process; the configuration is restored afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    configure_logs("test-service", level="DEBUG")
    yield stream
    clear_context()
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


def read(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_line_has_the_one_shape(lines: io.StringIO) -> None:
    bind_context(request_id="r-1", job_id="j-1")
    get_logger("JOB").info("job began", attempt=2)
    (line,) = read(lines)
    assert set(line) == {"timestamp", "level", "service", "category", "message", "context"}
    assert (line["level"], line["service"], line["category"]) == ("info", "test-service", "JOB")
    assert line["message"] == "job began"
    assert line["context"] == {"request_id": "r-1", "job_id": "j-1", "attempt": 2}
    assert line["timestamp"].endswith("Z")


def test_a_librarys_line_has_it_too(lines: io.StringIO) -> None:
    logging.getLogger("gunicorn.error").warning("worker %s left", 7)
    (line,) = read(lines)
    assert (line["category"], line["message"], line["level"]) == ("SYSTEM", "worker 7 left", "warning")


def test_a_traceback_is_one_line(lines: io.StringIO) -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        get_logger("API").exception("unexpected")
    (line,) = read(lines)
    assert "ValueError: broken" in line["context"]["exception"]


@pytest.mark.parametrize("name", CANARIES)
def test_no_canary_is_seen_wherever_it_was_put(lines: io.StringIO, name: str) -> None:
    secret, text = CANARIES[name]
    logger = get_logger("API")
    logger.info(text)
    logger.info("field", url=text)
    logger.info("nested", detail={"items": [{"text": text}, (text,)]})
    logger.info("bytes", body=text.encode())
    logger.info("object", error=ValueError(text))
    logging.getLogger("library").warning("said: %s", text)
    bind_context(path=text)
    logger.info("bound")
    try:
        raise RuntimeError(text)
    except RuntimeError:
        logger.exception("raised")
        logging.getLogger("library").exception("raised")
    assert len(read(lines)) == 9
    assert secret not in lines.getvalue()


@pytest.mark.parametrize("name", SECRET_FIELDS)
def test_a_field_with_the_name_of_a_secret_is_blotted_out(lines: io.StringIO, name: str) -> None:
    get_logger("AUTH").info("called", **{name: "canary-value"})
    get_logger("AUTH").info("called", detail={name: ["canary-value"]})
    assert "canary-value" not in lines.getvalue()


def test_what_an_operator_needs_stays(lines: io.StringIO) -> None:
    harmless = {
        "token_use": "access",
        "error_code": "bad_input",
        "status_code": 200,
        "session_id": "4b1c",
        "job_id": "j-1",
        "email_sent": True,
        "url": "http://localhost:8080/api/jobs?limit=20&status=failed",
        "command": "ffmpeg -i file:source.mp4 -c:v libx264 -crf 23 720p/index.m3u8",
        "key": "videos/output/9f8e/1/720p/00000.m4s",
    }
    get_logger("JOB").info("media type video/mp4; codec h264, avc1.64001f", **harmless)
    (line,) = read(lines)
    assert line["context"] == harmless
    assert line["message"] == "media type video/mp4; codec h264, avc1.64001f"


def test_redacting_twice_changes_nothing() -> None:
    for _secret, text in CANARIES.values():
        once = redact(text)
        assert redact(once) == once


def test_a_long_text_is_redacted_in_no_time() -> None:
    assert redact("a" * 200_000 + " eyJ" * 20_000)
