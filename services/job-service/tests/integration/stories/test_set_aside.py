"""A row that this version cannot read is set aside and shown, and the rows behind it are processed.

Run on the memory stores and on PostgreSQL.
"""

from dataclasses import replace

import pytest
from sqlalchemy import insert, select, update

from job_service.admin.operations_store import PostgresOperations
from job_service.jobs.job import OtherVersion
from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.ports import DeadMessage, JobFilter
from job_service.jobs.requests import cancel_job, create_job
from job_service.jobs.views import get_job, list_jobs
from job_service.outbox.message import OutboxMessage
from job_service.platform.tables import JobRow, OutboxRow, SetAsideTableRow
from job_service.relaying.notify_gallery import notify_gallery
from job_service.relaying.ports import RelayPorts
from job_service.relaying.send_tasks import send_tasks
from job_service.sweeps.drain_dead_letters import drain_dead_letters
from job_service.sweeps.reap_leases import reap_leases
from job_service.sweeps.reconcile_tasks import reconcile_tasks
from job_service.tasks.complete_task import complete_task
from job_service.testing.job_publishers import MemoryGalleryFeed, MemoryTaskQueue
from job_service.testing.processor import FakeProcessor, build_completion
from videoforge.messages import TaskMessage
from videoforge.problems import Code, Problem

USER = "user-1"


@pytest.fixture
def relay(stage):
    return RelayPorts(jobs=stage.ports, queue=MemoryTaskQueue(), gallery=MemoryGalleryFeed())


def request_job(stage, user_id=USER):
    wish = NewJob(video_id=stage.add_source(user_id=user_id), output_formats=["720p"])
    return create_job(stage.ports, wish, requester=JobRequester(user_id=user_id))


def prepare(stage, job):
    """The job's is the only task, or that of a user who was granted none yet."""
    grant = FakeProcessor(stage.ports).claim_next(job.id)
    complete_task(stage.ports, grant.task_id, build_completion(grant))
    return FakeProcessor(stage.ports).find_open_task(job.id)


def spoil(stage, job):
    """Replace the plan with one of another version."""
    with stage.ports.database.begin() as tx:
        found = tx.jobs.find(job.id, for_update=True)
        tx.jobs.save(replace(found, plan=OtherVersion(raw={"rungs": "new"})))


def spoil_options(stage, job):
    """Add an option of a later version."""
    with stage.ports.database.begin() as tx:
        found = tx.jobs.find(job.id, for_update=True)
        tx.jobs.save(replace(found, options=OtherVersion(raw={"codec": "av1"})))


def find_task(stage, task_id):
    with stage.ports.database.begin() as tx:
        return tx.tasks.find(task_id)


def test_the_reaper_takes_back_tasks_behind_an_unreadable_row(stage, processor):
    spoiled = request_job(stage)
    tasks = [prepare(stage, spoiled), prepare(stage, request_job(stage, user_id="user-2"))]
    for task_id in tasks:
        processor.claim(task_id)
        stage.wait(1)
    spoil(stage, spoiled)
    stage.wait(120)
    assert reap_leases(stage.ports, grace_seconds=15, lease_seconds=90) == 1
    assert [find_task(stage, task_id).status for task_id in tasks] == ["running", "pending"]
    messages = len(stage.list_messages("task"))
    stage.wait(30)
    assert reap_leases(stage.ports, grace_seconds=15, lease_seconds=90) == 0, "it is left alone for a while"
    assert len(stage.list_messages("task")) == messages


def test_a_row_that_is_readable_again_is_processed(stage, processor):
    job = request_job(stage)
    task_id = prepare(stage, job)
    processor.claim(task_id)
    with stage.ports.database.begin() as tx:
        plan = tx.jobs.find(job.id).plan
    spoil(stage, job)
    stage.wait(120)
    assert reap_leases(stage.ports, grace_seconds=15, lease_seconds=90) == 0
    with stage.ports.database.begin() as tx:
        found = tx.jobs.find(job.id, for_update=True)
        assert found.plan == OtherVersion(raw={"rungs": "new"}), "nothing is lost of it"
        tx.jobs.save(replace(found, plan=plan))


def test_the_reconciler_sends_tasks_behind_an_unreadable_row(stage):
    spoiled = request_job(stage)
    tasks = [prepare(stage, spoiled), prepare(stage, request_job(stage, user_id="user-2"))]
    spoil(stage, spoiled)
    queue = MemoryTaskQueue()
    send_tasks(RelayPorts(jobs=stage.ports, queue=queue, gallery=MemoryGalleryFeed()))
    queue.waiting.clear()
    stage.wait(100)
    assert reconcile_tasks(stage.ports, queue, redispatch_seconds=60) == 1
    assert [find_task(stage, task_id).dispatch for task_id in tasks] == [1, 2]


def test_a_claim_of_it_is_refused_for_a_while(stage, processor):
    job = request_job(stage)
    task_id = prepare(stage, job)
    spoil(stage, job)
    with pytest.raises(Problem, match="409 task_set_aside") as refused:
        processor.claim(task_id)
    assert refused.value.extra["retry_after_seconds"] == 60
    assert find_task(stage, task_id).status == "pending"


def test_a_task_with_an_option_of_a_later_version_waits(stage, processor):
    job = request_job(stage)
    spoil_options(stage, job)
    with pytest.raises(Problem, match="409 task_set_aside"):
        processor.claim_next(job.id)
    assert get_job(stage.ports, job.id, user_id=USER).configuration.rate_control == "quality"
    with stage.ports.database.begin() as tx:
        found = tx.jobs.find(job.id)
    assert found.options == OtherVersion(raw={"codec": "av1"}), "nothing is lost of it"


def test_its_job_is_listed_and_can_be_cancelled(stage):
    spoiled, sound = request_job(stage), request_job(stage)
    prepare(stage, spoiled)
    spoil(stage, spoiled)
    page = list_jobs(stage.ports, JobFilter(user_id=USER), after=None, limit=10)
    assert {item.id for item in page.items} == {spoiled.id, sound.id}
    assert get_job(stage.ports, spoiled.id, user_id=USER).configuration.chunk_count is None
    assert cancel_job(stage.ports, spoiled.id, user_id=USER).status == "cancelled"


@pytest.mark.integration
@pytest.mark.parametrize("stage", ["postgres"], indirect=True)
def test_a_job_with_an_unreadable_part_is_still_shown(stage):
    job = request_job(stage)
    warnings = [{"code": "no_audio", "message": "The source has no sound."}, {"kind": "of another version"}]
    with stage.ports.database.connections.begin() as connection:
        values = {
            "renditions": [{"format": "720p"}],
            "metrics": {"queue_seconds": "soon"},
            "warnings": warnings,
        }
        connection.execute(update(JobRow).values(values))
    seen = get_job(stage.ports, job.id, user_id=USER)
    assert (seen.renditions, seen.metrics.queue_seconds) == ([], None)
    assert [warning.code for warning in seen.warnings] == ["no_audio"]


def add(stage, kind, payload):
    with stage.ports.database.begin() as tx:
        return tx.outbox.add(OutboxMessage(kind=kind, payload=payload))


def test_a_malformed_task_message_does_not_block_the_others(stage, relay):
    add(stage, "task", {"task": "of another version"})
    add(stage, "task", {"task_id": "t", "dispatch": 1, "priority": 0})
    assert send_tasks(relay) == 1
    assert relay.queue.waiting == [TaskMessage(task_id="t", dispatch=1)]
    stage.wait(61)
    assert send_tasks(relay) == 0


def test_a_message_that_the_gallery_never_accepts_does_not_block_later_ones(stage, relay):
    add(stage, "publish", {"video_id": "v", "publication": {"of": "another version"}})
    add(stage, "status", {"video_id": "v", "change": {"status": "failed"}})
    relay.gallery.failures["w"] = [Problem(Code.validation_failed, detail="No.")]
    add(stage, "status", {"video_id": "w", "change": {"status": "processing"}})
    add(stage, "status", {"video_id": "w", "change": {"status": "failed"}})
    for _ in range(3):
        notify_gallery(relay)
    assert sorted(relay.gallery.received) == [("v", "failed"), ("w", "failed")]


def test_a_dead_letter_of_an_unreadable_job_does_not_block_the_next(stage, relay):
    spoiled = request_job(stage)
    tasks = [prepare(stage, spoiled), prepare(stage, request_job(stage, user_id="user-2"))]
    spoil(stage, spoiled)
    relay.queue.dead += [
        DeadMessage(
            id=f"m{number}",
            receipt_handle="r",
            body=TaskMessage(task_id=task_id, dispatch=1).model_dump_json(),
        )
        for number, task_id in enumerate(tasks)
    ]
    drain_dead_letters(relay)
    assert stage.list_dead_letters() == {"m0": "unreadable", "m1": "redispatched"}
    assert relay.queue.dead == []


@pytest.mark.integration
@pytest.mark.parametrize("stage", ["postgres"], indirect=True)
def test_the_operator_sees_it_and_the_age_of_the_backlog(stage, processor):
    job = request_job(stage)
    task_id = prepare(stage, job)
    spoil(stage, job)
    for _ in range(2):
        with pytest.raises(Problem, match="task_set_aside"):
            processor.claim(task_id)
    with stage.ports.database.connections.begin() as connection:
        connection.execute(insert(OutboxRow).values(kind="status", payload={"video_id": "v"}))
    stage.wait(40)
    with stage.ports.database.connections.begin() as connection:
        backlog = PostgresOperations(connection).read_backlog()
        (pause,) = connection.execute(
            select(SetAsideTableRow.next_look_at - SetAsideTableRow.last_seen_at)
        ).one()
    assert backlog.set_aside == {"task": 1}
    (row,) = backlog.set_aside_rows
    assert (row.row_id, row.times) == (task_id, 1), "the second claim leaves it alone"
    assert "this version cannot read" in row.reason
    assert pause.total_seconds() == pytest.approx(60, abs=1)
    assert backlog.oldest_message_seconds is not None
