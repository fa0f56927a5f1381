"""Administrators' routes, on PostgreSQL with a queue in memory."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from job_service.jobs.end_job import fail_job
from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.ports import DeadMessage
from job_service.jobs.requests import create_job
from job_service.platform.tables import JobRow
from job_service.relaying.send_tasks import send_tasks
from job_service.sweeps.show_waiting import show_waiting
from job_service.tasks.reports import take_processor_report
from job_service.testing.job_publishers import MemoryTaskQueue
from job_service.testing.processor import FakeProcessor
from job_service.web.services import EXTENSION
from videoforge.messages import ProcessorReport, TaskError
from videoforge.problems import Code, Problem

pytestmark = pytest.mark.integration


@pytest.fixture
def queue():
    return MemoryTaskQueue()


@pytest.fixture
def app(start_app, redis_server, queue):
    app = start_app(redis_port=redis_server.port)
    services = app.extensions[EXTENSION]
    relay = replace(services.relay, queue=queue)
    admin = replace(services.admin, queue=queue, relay=relay)
    app.extensions[EXTENSION] = replace(services, queue=queue, relay=relay, admin=admin)
    return app


@pytest.fixture
def ask(app, issuer):
    """Call a route as an administrator."""
    client, headers = app.test_client(), issuer.build_headers("admin-1", groups=["admin"])

    def ask(path, method="get", **given):
        return getattr(client, method)(f"/api/admin/{path}", headers=headers, **given)

    return ask


@pytest.fixture
def relay(app):
    return app.extensions[EXTENSION].relay


def request_job(stage, *, user_id="user-1", **values):
    wish = NewJob(video_id=stage.add_source(user_id=user_id), output_formats=["720p"], **values)
    return create_job(stage.ports, wish, requester=JobRequester(user_id=user_id))


ROUTES = [("get", name) for name in ("queue", "tasks", "jobs", "processors", "stats")]
ROUTES += [("post", "dead-letters/redrive"), ("post", "jobs/7/cancel"), ("patch", "jobs/7")]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_only_administrators_have_access(app, issuer, method, path):
    client = app.test_client()
    given = {"json": {"priority": 1}} if method == "patch" else {}
    call = getattr(client, method)
    assert call(f"/api/admin/{path}", **given).status_code == 401
    refused = call(f"/api/admin/{path}", headers=issuer.build_headers("user-1", groups=["user"]), **given)
    assert (refused.status_code, refused.json["code"]) == (403, "admin_only")


def test_the_queue_shows_what_waits(stage, ask, relay, queue):
    for _ in range(3):
        request_job(stage)
    send_tasks(relay)
    request_job(stage)
    FakeProcessor(stage.ports).claim(queue.waiting[0].task_id)
    stage.wait(10)
    shown = ask("queue").json
    assert (shown["visible"], shown["dead"]) == (3, 0)
    assert (shown["pending_tasks"], shown["running_tasks"]) == (3, 1)
    assert shown["oldest_pending_seconds"] >= 10
    assert shown["outbox_waiting"] == 2  # the fourth task message and the gallery's message
    queue.failure = Problem(Code.queue_unavailable)
    assert ask("queue").json["visible"] is None


def test_tasks_are_counted_and_listed_without_their_tokens(stage, ask):
    processor = FakeProcessor(stage.ports)
    job = request_job(stage)
    processor.run_next(job.id)
    grant = processor.claim_next(job.id)
    shown = ask("tasks")
    assert shown.json["counts"] == {"pending": 0, "running": 1, "done": 1, "failed": 0, "cancelled": 0}
    assert [item["kind"] for item in shown.json["items"]] == ["encode", "prepare"]
    assert grant.lease_token not in shown.text
    assert [item["id"] for item in ask("tasks?status=running").json["items"]] == [grant.task_id]
    first = ask("tasks?limit=1").json
    second = ask(f"tasks?limit=1&cursor={first['next_cursor']}").json
    assert [item["kind"] for item in second["items"]] == ["prepare"]


def test_jobs_of_all_users_are_listed(stage, ask):
    mine, other = request_job(stage), request_job(stage, user_id="user-2")
    assert [item["id"] for item in ask("jobs").json["items"]] == [other.id, mine.id]
    assert [item["id"] for item in ask("jobs?user_id=user-1").json["items"]] == [mine.id]


def test_processors_are_shown_with_their_task(stage, ask):
    job = request_job(stage)
    FakeProcessor(stage.ports, name="p-1").run_next(job.id)
    grant = FakeProcessor(stage.ports, name="p-2").claim_next(job.id)
    shown = {item["id"]: item["task_id"] for item in ask("processors").json["items"]}
    assert shown == {"p-1": None, "p-2": grant.task_id}


def test_stats_sum_up(stage, ask):
    FakeProcessor(stage.ports).run_job(request_job(stage).id)
    request_job(stage)
    shown = ask("stats").json
    assert shown["jobs"] == {"pending": 1, "processing": 0, "completed": 1, "failed": 0, "cancelled": 0}
    assert (shown["videos"], shown["source_bytes"]) == (2, 2000)
    assert shown["rendition_bytes"] > 0
    assert (shown["created_last_day"], shown["completed_last_day"]) == (2, 1)
    assert shown["mean_encode_seconds"] == 6


def test_failures_are_counted_by_code_for_a_week(stage, ask):
    def fail(code):
        error = TaskError(code=code, message="No.", retryable=False)
        with stage.ports.database.begin() as tx:
            job = tx.jobs.find(request_job(stage).id, for_update=True)
            now = tx.jobs.read_clock()
            fail_job(tx, job, error=error, now=now)

    for code in ("no_video", "truncated_media", "truncated_media"):
        fail(code)
    shown = ask("stats").json["failures"]
    assert [(item["code"], item["count"]) for item in shown] == [("truncated_media", 2), ("no_video", 1)]
    assert shown[0]["last_at"] > shown[1]["last_at"]
    with stage.database.begin() as connection:
        connection.execute(update(JobRow).values(completed_at=JobRow.completed_at - timedelta(days=8)))
    assert ask("stats").json["failures"] == []


def test_an_administrator_reads_a_job_at_its_owners_url(stage, app, issuer):
    client, job = app.test_client(), request_job(stage)
    for path in (f"/api/jobs/{job.id}", f"/api/jobs/{job.id}/events"):
        seen = client.get(path, headers=issuer.build_headers("admin-1", groups=["admin"]))
        assert (seen.status_code, job.id in seen.text) == (200, True)
        others = client.get(path, headers=issuer.build_headers("user-2", groups=["user"]))
        assert (others.status_code, others.json["code"]) == (404, "job_not_found")
    mine = client.get("/api/jobs", headers=issuer.build_headers("admin-1", groups=["admin"]))
    assert mine.json["items"] == []


def test_an_administrator_cancels_any_job_only_at_the_admin_url(stage, ask, app, issuer):
    job = request_job(stage)
    owners_way = app.test_client().post(
        f"/api/jobs/{job.id}/cancel", headers=issuer.build_headers("admin-1", groups=["admin"])
    )
    assert owners_way.status_code == 404
    cancelled = ask(f"jobs/{job.id}/cancel", "post")
    assert (cancelled.status_code, cancelled.json["status"]) == (202, "cancelled")
    again = ask(f"jobs/{job.id}/cancel", "post")
    assert (again.status_code, again.json["code"]) == (409, "job_finished")
    assert ask("jobs/nowhere/cancel", "post").json["code"] == "job_not_found"


def test_a_pending_job_is_moved_forward_with_its_message(stage, ask, relay, queue):
    first, last = request_job(stage), request_job(stage)
    moved = ask(f"jobs/{last.id}", "patch", json={"priority": 7})
    assert (moved.status_code, moved.json["priority"], moved.json["queue_position"]) == (200, 7, 0)
    assert {item["job_id"]: item["priority"] for item in ask("tasks").json["items"]} == {
        first.id: 0,
        last.id: 7,
    }
    send_tasks(relay)
    processor = FakeProcessor(stage.ports)
    assert [message.task_id for message in queue.waiting] == [
        processor.find_open_task(job.id) for job in (last, first)
    ]


def test_a_running_job_keeps_its_priority(stage, ask):
    job = request_job(stage)
    FakeProcessor(stage.ports).claim_next(job.id)
    refused = ask(f"jobs/{job.id}", "patch", json={"priority": 7})
    assert (refused.status_code, refused.json["code"]) == (409, "job_started")
    assert ask("jobs").json["items"][0]["priority"] == 0
    assert ask("jobs/nowhere", "patch", json={"priority": 7}).json["code"] == "job_not_found"
    assert ask(f"jobs/{job.id}", "patch", json={"priority": 11}).status_code == 422


def test_a_redrive_sends_the_task_of_a_dead_letter_again(stage, ask, relay, queue):
    job = request_job(stage)
    send_tasks(relay)
    message = queue.waiting.pop()
    queue.dead.append(DeadMessage(id="m1", receipt_handle="r", body=message.model_dump_json()))
    assert ask("dead-letters/redrive", "post").json == {"dead_letters": 1}
    assert ask("dead-letters/redrive", "post").json == {"dead_letters": 0}
    (again,) = ask("jobs").json["items"]
    assert (again["id"], again["status"], again["attempts"]) == (job.id, "pending", 1)
    assert ask("queue").json["dead_letters"] == {"redispatched": 1}
    stage.wait(31)
    assert send_tasks(relay) == 1


def test_waiting_tasks_are_shown_with_their_reason(stage, ask):
    job = request_job(stage)
    reasons = ["store_access_denied"]
    report = ProcessorReport(processor_id="p-1", waiting_for="store", reasons=reasons, room_bytes=5 << 30)
    take_processor_report(stage.ports, report)
    show_waiting(stage.ports)
    assert ask("queue").json["waiting_tasks"] == {"store": 1}
    (task,) = ask("tasks").json["items"]
    assert (task["job_id"], task["waiting_for"]) == (job.id, "store")
    assert task["waiting_since_at"]
    (shown,) = ask("processors").json["items"]
    assert (shown["id"], shown["waiting_for"], shown["reasons"]) == ("p-1", "store", reasons)
    assert shown["room_bytes"] == 5 << 30


def test_a_page_of_a_million_is_refused(ask):
    assert ask("jobs?limit=1000000").status_code == 422
    assert ask("tasks?limit=1000000").status_code == 422
