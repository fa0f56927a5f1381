"""Event streams of the events process, over real HTTP, PostgreSQL and Redis."""

import json
import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest
import requests
from werkzeug.serving import make_server

from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.requests import cancel_job, create_job
from job_service.jobs.stores.redis_progress import RedisProgressStore
from job_service.processes.events import create_app
from job_service.relaying.announce_ends import announce_ends
from job_service.routes.events import HUB_EXTENSION
from job_service.tasks.reports import report_progress
from job_service.testing.job_publishers import AT_ONCE
from job_service.testing.processor import FakeProcessor
from job_service.web.services import EXTENSION
from videoforge.messages import ProgressReport

pytestmark = pytest.mark.integration

USER = "user-1"


@pytest.fixture
def build_app(start_app):
    made = []

    def build(redis_port):
        made.append(start_app(create_app, redis_port=redis_port, events_max_streams_per_user=2))
        return made[-1]

    yield build
    for app in made:
        app.extensions[HUB_EXTENSION].stop()


@contextmanager
def serve(app):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def request_job(ports, stage):
    wish = NewJob(video_id=stage.add_source(user_id=USER), output_formats=["720p"])
    return create_job(ports, wish, requester=JobRequester(user_id=USER))


@contextmanager
def watch(url, job, headers):
    with requests.get(
        f"{url}/api/jobs/{job.id}/events", headers=headers, stream=True, timeout=10
    ) as response:
        assert response.status_code == 200, response.text
        assert response.headers["Content-Type"].startswith("text/event-stream")
        yield read_events(response)


def read_events(response):
    fields = {}
    for line in response.iter_lines(chunk_size=1, decode_unicode=True):
        name, _, value = line.partition(": ")
        if line == "":
            if "data" in fields:
                yield {**fields, "data": json.loads(fields["data"])}
            fields = {}
        elif name:
            fields[name] = value


def test_a_watcher_sees_a_job_from_request_to_end_and_can_resume(build_app, stage, issuer, redis_server):
    app = build_app(redis_server.port)
    ports = replace(app.extensions[EXTENSION].jobs, show_pace=AT_ONCE)
    processor = FakeProcessor(ports)
    job = request_job(ports, stage)
    headers = issuer.build_headers(USER)
    with serve(app) as url:
        with watch(url, job, headers) as events:
            first = next(events)
            assert (first["event"], first["data"]["status"]) == ("state", "pending")
            processor.run_next(job.id)
            grant = processor.claim_next(job.id)
            report = ProgressReport(
                attempt=grant.attempt, lease_token=grant.lease_token, phase="encoding", percent=50, speed=2
            )
            report_progress(ports, grant.task_id, report)
            progress = next(event for event in events if event["event"] == "progress")
            assert progress["data"]["progress_percent"] == 47.5
            assert progress["data"]["speed"] == 2
            processor.complete(grant)
            processor.run_next(job.id)
            announce_ends(app.extensions[EXTENSION].jobs)
            rest = list(events)
            assert rest[-1]["data"]["status"] == "completed"
            assert rest[-1]["data"]["progress_percent"] == 100
        with watch(url, job, {**headers, "Last-Event-ID": progress["id"]}) as events:
            resumed = list(events)
        assert [event["id"] for event in resumed] == [event["id"] for event in rest]
        over = requests.get(
            f"{url}/api/jobs/{job.id}/events", headers={**headers, "Last-Event-ID": rest[-1]["id"]}, timeout=5
        )
        assert over.status_code == 204
    assert app.extensions[HUB_EXTENSION].stream_count == 0


def test_watching_needs_a_sign_in_and_a_job_of_ones_own(build_app, stage, issuer, redis_server):
    app = build_app(redis_server.port)
    job = request_job(app.extensions[EXTENSION].jobs, stage)
    client = app.test_client()
    path = f"/api/jobs/{job.id}/events"
    assert client.get(path).status_code == 401
    assert client.get(path, headers=issuer.build_headers("user-2")).status_code == 404


def test_the_number_of_streams_per_user_is_limited(build_app, stage, issuer, redis_server):
    app = build_app(redis_server.port)
    job = request_job(app.extensions[EXTENSION].jobs, stage)
    headers = issuer.build_headers(USER)
    with serve(app) as url, watch(url, job, headers) as one, watch(url, job, headers) as two:
        next(one), next(two)
        refused = requests.get(f"{url}/api/jobs/{job.id}/events", headers=headers, timeout=5)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
        cancel_job(app.extensions[EXTENSION].jobs, job.id, user_id=USER)
        announce_ends(app.extensions[EXTENSION].jobs)
        assert list(one)[-1]["data"]["status"] == "cancelled"
        assert list(two)[-1]["data"]["status"] == "cancelled"


def test_without_redis_the_stream_continues_from_the_database(build_app, stage, issuer, redis_process):
    app = build_app(redis_process.spec.ports[0].number)
    ports = app.extensions[EXTENSION].jobs
    job = request_job(ports, stage)
    with serve(app) as url, watch(url, job, issuer.build_headers(USER)) as events:
        next(events)
        redis_process.kill()
        FakeProcessor(ports).run_job(job.id)
        seen = list(events)
    assert seen[-1]["data"]["status"] == "completed"
    redis_process.start()
    assert isinstance(ports.progress, RedisProgressStore)
    again = request_job(ports, stage)
    with serve(app) as url, watch(url, again, issuer.build_headers(USER)) as events:
        assert next(events)["data"]["status"] == "pending"
        FakeProcessor(ports).run_job(again.id)
        announce_ends(ports)
        last = list(events)[-1]
    assert last["data"]["status"] == "completed"
