"""GET /api/jobs/{id}/events: Server-Sent Events (WHATWG HTML, "Server-sent events").

    event: state | progress
    id: of the event, for Last-Event-ID
    data: the job as in GET /api/jobs/{id}

The edge routes these requests to the events process, which has a thread for each stream. The public
API's own process has no threads to spare: it sends the state once and lets the browser reconnect,
which amounts to polling in the same format.
"""

import json
from collections.abc import Iterator
from typing import Final

from flask import Blueprint, Response, current_app, request

from job_service.events.hub import EventHub
from job_service.events.stream_job import JobStream, read_job_event
from job_service.jobs.job_event import JobEvent
from job_service.web.current_user import require_user
from job_service.web.documented import Answer, documented
from job_service.web.services import get_services

blueprint = Blueprint("events", __name__, url_prefix="/api/jobs")

#: Where the app stores the hub of the events process; other apps have none.
HUB_EXTENSION: Final = "videoforge-hub"
_RETRY_MS: Final = 3000


@blueprint.get("/<job_id>/events")
@documented(answers={200: None, 204: None}, errors=(404,), tag="jobs", access="user", is_stream=True)
def get_events(job_id: str) -> Answer:
    """Watch a job: `state` and `progress` events (text/event-stream). `Last-Event-ID` resumes; 204
    means that no more events will follow."""
    caller = require_user()
    snapshot = read_job_event(get_services().jobs, job_id, user_id=caller.reads_jobs_of)
    last_event_id = request.headers.get("Last-Event-ID")
    hub = get_hub()
    if last_event_id and snapshot.is_final and not (hub and hub.feed.list_since(job_id, last_event_id)):
        return Response(status=204)
    if hub is None:
        return _answer(iter([f"retry: {_RETRY_MS}\n\n", write_event(snapshot)]))
    stream = JobStream(get_services().jobs, hub, job_id=job_id, user_id=caller.reads_jobs_of)
    # Called here and not in the generator: a refusal must be an answer and not a broken stream.
    admission = hub.admit(caller.user_id)
    admission.__enter__()
    response = _answer(_write_all(stream, last_event_id=last_event_id))
    response.call_on_close(lambda: admission.__exit__(None, None, None))
    return response


def get_hub() -> EventHub | None:
    hub: EventHub | None = current_app.extensions.get(HUB_EXTENSION)
    return hub


def write_event(event: JobEvent) -> str:
    """Return one event as text; the JSON contains no line breaks."""
    lines = [f"event: {event.kind}", f"data: {json.dumps(event.job, separators=(',', ':'))}"]
    if event.id:
        lines.insert(1, f"id: {event.id}")
    return "\n".join(lines) + "\n\n"


def _write_all(stream: JobStream, *, last_event_id: str | None) -> Iterator[str]:
    yield f"retry: {_RETRY_MS}\n\n"
    for event in stream.run(last_event_id=last_event_id):
        yield write_event(event) if event else ": ping\n\n"


def _answer(text: Iterator[str]) -> Response:
    return Response(
        text,
        mimetype="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
