"""The demo reads event streams as browsers do, and polls where it cannot."""

from types import SimpleNamespace

import pytest
import requests

from demo import job_events
from demo.errors import DemoError
from demo.job_events import Event, follow_job, parse_events

JOB_ID = "2f1c3f0e-7a58-4d43-9d0c-0a4bb2f4f7a1"


class ScriptedClient:
    """Answers each request for the job with the next state, and keeps repeating the last."""

    def __init__(self, *states: str) -> None:
        self._states = list(states)

    def get(self, _path: str) -> dict[str, str]:
        return {"status": self._states.pop(0) if len(self._states) > 1 else self._states[0]}


@pytest.fixture(autouse=True)
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


def test_a_job_is_polled_where_no_stream_can_be_opened(monkeypatch):
    def refuse(*_args, **_named):
        raise requests.ConnectionError

    monkeypatch.setattr(job_events, "open_events", refuse)
    client = ScriptedClient("pending", "pending", "pending", "pending", "processing", "completed")
    states = [job["status"] for job in follow_job(client, JOB_ID, seconds=60)]
    assert states[-2:] == ["processing", "completed"]


def test_a_broken_stream_resumes_after_the_last_event(monkeypatch):
    asked = []

    def break_after_one_event(_client, _job_id, *, last_event_id):
        asked.append(last_event_id)
        yield Event("progress", str(len(asked)), '{"status": "processing"}')
        raise requests.ConnectionError

    monkeypatch.setattr(job_events, "open_events", break_after_one_event)
    client = ScriptedClient("pending", "processing", "processing", "completed")
    list(follow_job(client, JOB_ID, seconds=60))
    assert asked == ["", "1", "2"]


def test_a_job_that_takes_too_long_is_an_error(monkeypatch):
    monkeypatch.setattr(job_events, "open_events", lambda *_args, **_named: iter(()))
    with pytest.raises(DemoError, match="not finished"):
        list(follow_job(ScriptedClient("processing"), JOB_ID, seconds=0))
