"""The demo reads event streams as browsers do, and polls where it cannot."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
import requests

from demo import job_events
from demo.api_client import ApiClient
from demo.errors import DemoError
from demo.job_events import Event, follow_job, parse_events

JOB_ID = "2f1c3f0e-7a58-4d43-9d0c-0a4bb2f4f7a1"


class ScriptedClient:
    """Answers each request for the job with the next state, and keeps repeating the last."""

    def __init__(self, *states: str) -> None:
        self._states = list(states)

    def get(self, _path: str) -> dict[str, str]:
        return {"status": self._states.pop(0) if len(self._states) > 1 else self._states[0]}


@pytest.fixture
def no_waiting(monkeypatch):
    monkeypatch.setattr(
        job_events, "time", SimpleNamespace(sleep=lambda _seconds: None, monotonic=job_events.time.monotonic)
    )


def test_events_have_a_name_an_id_and_their_data():
    lines = [
        ": ping",
        "",
        "id: 7",
        "event: progress",
        'data: {"a":',
        "data: 1}",
        "",
        "data:x",
        "",
        "data: cut",
    ]
    assert list(parse_events(lines)) == [Event("progress", "7", '{"a":\n1}'), Event("message", "7", "x")]


@pytest.mark.usefixtures("no_waiting")
def test_a_job_is_polled_where_no_stream_can_be_opened(monkeypatch):
    def refuse(*_args, **_named):
        raise requests.ConnectionError

    monkeypatch.setattr(job_events, "open_events", refuse)
    client = ScriptedClient("pending", "pending", "pending", "pending", "processing", "completed")
    states = [job["status"] for job in follow_job(client, JOB_ID, seconds=60)]
    assert states[-2:] == ["processing", "completed"]


@pytest.mark.usefixtures("no_waiting")
def test_a_broken_stream_resumes_after_the_last_event(monkeypatch):
    asked = []

    def break_after_one_event(_client, _job_id, *, last_event_id, **_named):
        asked.append(last_event_id)
        yield Event("progress", str(len(asked)), '{"status": "processing"}')
        raise requests.ConnectionError

    monkeypatch.setattr(job_events, "open_events", break_after_one_event)
    client = ScriptedClient("pending", "processing", "processing", "completed")
    list(follow_job(client, JOB_ID, seconds=60))
    assert asked == ["", "1", "2"]


@pytest.mark.usefixtures("no_waiting")
def test_a_job_that_takes_too_long_is_an_error(monkeypatch):
    monkeypatch.setattr(job_events, "open_events", lambda *_args, **_named: iter(()))
    with pytest.raises(DemoError, match="not finished"):
        list(follow_job(ScriptedClient("processing"), JOB_ID, seconds=0))


class _StreamWithoutEvents(BaseHTTPRequestHandler):
    """A job that is processed for ever, and streams on which nothing happens; `pings` for 10 s."""

    pings = True

    def do_GET(self):
        is_stream = self.path.endswith("/events")
        body = b"" if is_stream else b'{"status": "processing"}'
        self.send_response(200)
        if not is_stream:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        for _ in range(100 if is_stream else 0):
            time.sleep(0.1)
            try:
                self.wfile.write(b": ping\n\n" if self.pings else b"")
            except OSError:  # the reader has gone
                return

    def log_message(self, format, *args):
        """Keep quiet."""


@pytest.fixture(params=[True, False], ids=["pings", "silence"])
def eventless_origin(request, monkeypatch):
    monkeypatch.setattr(_StreamWithoutEvents, "pings", request.param)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _StreamWithoutEvents)
    server.block_on_close = False  # a silent stream does not see that its reader has gone
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.integration
def test_the_time_is_over_on_a_stream_without_events_too(eventless_origin):
    began_seconds = time.monotonic()
    with ApiClient(eventless_origin) as client, pytest.raises(DemoError, match="not finished after 1 s"):
        list(follow_job(client, JOB_ID, seconds=1))
    assert time.monotonic() - began_seconds < 5
