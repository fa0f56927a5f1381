"""The first picture of a long film waits until all of its tasks are queued, so that may not take a
statement for each of them."""

from collections.abc import Callable

import pytest
from sqlalchemy import event

from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.requests import create_job
from job_service.tasks.complete_task import complete_task
from job_service.testing.postgres_jobs import PostgresStage
from job_service.testing.processor import FakeProcessor, build_completion, build_result

pytestmark = pytest.mark.integration

USER = "user-1"


def count_statements(stage: PostgresStage, work: Callable[[], object]) -> int:
    counted = []

    def count(*_: object) -> None:
        counted.append(1)

    event.listen(stage.database.engine, "before_cursor_execute", count)
    try:
        work()
    finally:
        event.remove(stage.database.engine, "before_cursor_execute", count)
    return len(counted)


def prepare(stage: PostgresStage, *, chunks: int) -> tuple[str, int]:
    """Return the id of a film's job, and how many statements the end of its prepare took."""
    wish = NewJob(video_id=stage.add_source(user_id=USER), output_formats=["480p"])
    job = create_job(stage.ports, wish, requester=JobRequester(user_id=USER))
    grant = FakeProcessor(stage.ports).claim_next(job.id)
    completion = build_completion(grant).model_copy(update={"result": build_result(grant, chunks=chunks)})
    return job.id, count_statements(stage, lambda: complete_task(stage.ports, grant.task_id, completion))


def test_the_end_of_prepare_takes_as_many_statements_for_a_long_film_as_for_a_short_one(
    stage: PostgresStage,
) -> None:
    _, few = prepare(stage, chunks=3)
    _, many = prepare(stage, chunks=300)
    assert many == few


def test_all_tasks_of_a_film_and_their_messages_are_written_in_its_order(stage: PostgresStage) -> None:
    job_id, _ = prepare(stage, chunks=300)
    with stage.ports.database.begin() as tx:
        tasks = {task.id: task for task in tx.tasks.list_of_job(job_id, job_attempt=1)}
        sent = tx.outbox.take_due(["task"], limit=400, hold_seconds=60)
    found = [tasks[entry.payload["task_id"]] for entry in sent]
    expected = [("prepare", 0), ("audio", 0), *(("encode", index) for index in range(300))]
    assert [(task.kind, task.chunk_index) for task in found] == expected
    assert len({task.id for task in found}) == len(expected)
    assert all(
        task.result is None and task.error is None for task in tasks.values() if task.kind != "prepare"
    )
