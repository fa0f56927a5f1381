"""Follows a job: by Server-Sent Events, or by polling once a second if they fail.

A broken stream is opened again with `Last-Event-ID`; after three breaks in a row without an event, or
if no stream can be opened at all, the job is polled. Each value is the job as `GET jobs/{id}` shows it.
"""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final

import requests

from demo.api_client import ApiClient
from demo.errors import DemoError

FINAL_STATUSES: Final = frozenset({"completed", "failed", "cancelled"})
#: The server pings every 15 s, so a stream that is silent for more than two pings is dead.
_SILENCE_SECONDS: Final = 35
_BREAKS_BEFORE_POLLING: Final = 3
_POLL_SECONDS: Final = 1.0
#: urllib3 takes no timeout of 0.
_LEAST_WAIT_SECONDS: Final = 0.1

Job = dict[str, Any]


@dataclass(frozen=True)
class Event:
    """One event of a stream; `id` is empty where the server gave none."""

    name: str
    id: str
    data: str


def follow_job(client: ApiClient, job_id: str, *, seconds: float) -> Iterator[Job]:
    """Yield the job at each change and end with its final state. Raises DemoError after `seconds`."""
    deadline_seconds = time.monotonic() + seconds
    for job in _list_states(client, job_id, deadline_seconds=deadline_seconds):
        yield job
        if job["status"] in FINAL_STATUSES:
            return
        if time.monotonic() > deadline_seconds:
            break
    raise DemoError(f"Job {job_id} was not finished after {seconds:.0f} s.")


def _list_states(client: ApiClient, job_id: str, *, deadline_seconds: float) -> Iterator[Job]:
    yield client.get(f"jobs/{job_id}")
    breaks, last_id = 0, ""
    while breaks < _BREAKS_BEFORE_POLLING:
        breaks += 1
        try:
            events = open_events(client, job_id, last_event_id=last_id, deadline_seconds=deadline_seconds)
            for event in events:
                if event.name in {"progress", "state"}:
                    breaks, last_id = 0, event.id or last_id
                    yield json.loads(event.data)
        except requests.RequestException:
            time.sleep(_POLL_SECONDS / 2)
        # what was sent between two streams, or by none
        yield client.get(f"jobs/{job_id}")
    while True:
        time.sleep(_POLL_SECONDS)
        yield client.get(f"jobs/{job_id}")


def open_events(
    client: ApiClient, job_id: str, *, deadline_seconds: float, last_event_id: str = ""
) -> Iterator[Event]:
    """Yield the events of one connection until the server ends it, or until `deadline_seconds` on the
    monotonic clock: pings keep a stream open for ever. Raises requests.RequestException."""
    left_seconds = max(_LEAST_WAIT_SECONDS, deadline_seconds - time.monotonic())
    headers = {"Accept": "text/event-stream", **client.build_headers()}
    if last_event_id:
        headers["Last-Event-ID"] = last_event_id
    with client.http.get(
        client.build_url(f"jobs/{job_id}/events"),
        headers=headers,
        stream=True,
        timeout=(5, min(_SILENCE_SECONDS, left_seconds)),
    ) as answer:
        answer.raise_for_status()
        answer.encoding = "utf-8"
        lines = answer.iter_lines(chunk_size=1, decode_unicode=True)
        yield from parse_events(takewhile(lambda _line: time.monotonic() < deadline_seconds, lines))


def parse_events(lines: Iterable[str]) -> Iterator[Event]:
    """Yield the events in the lines of a stream (WHATWG HTML, "Interpreting an event stream")."""
    name, event_id = "message", ""
    data: list[str] = []
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                yield Event(name, event_id, "\n".join(data))
            name, data = "message", []
        elif field == "event":
            name = value
        elif field == "id":
            event_id = value
        elif field == "data":
            data.append(value)
