"""Concurrent calls on PostgreSQL: the first one wins, and none waits for ever."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.requests import cancel_job, create_job
from job_service.jobs.views import get_job
from job_service.quotas.quota import Quota
from job_service.relaying.ports import RelayPorts
from job_service.relaying.send_tasks import send_tasks
from job_service.sweeps.reap_leases import reap_leases
from job_service.tasks.complete_task import complete_task
from job_service.testing.job_publishers import MemoryGalleryFeed, MemoryTaskQueue
from job_service.testing.postgres_jobs import build_postgres_stage
from job_service.testing.processor import FakeProcessor, build_completion, build_result
from job_service.testing.quotas import limit_jobs
from videoforge.problems import Problem

pytestmark = pytest.mark.integration

USER = "user-1"


@pytest.fixture
def stage(postgres_server, jobs_database):
    stage = build_postgres_stage(postgres_server.build_url(jobs_database), pool_size=12)
    yield stage
    stage.database.engine.dispose()


@pytest.fixture
def processor(stage):
    return FakeProcessor(stage.ports)


def request_job(stage, *, limit=0, video_id=None):
    wish = NewJob(video_id=video_id or stage.add_source(user_id=USER), output_formats=["720p"])
    ports = limit_jobs(stage.ports, of_user=Quota(unfinished_jobs=limit))
    return create_job(ports, wish, requester=JobRequester(user_id=USER))


def at_once(*calls):
    """Run the calls at the same time and return each one's answer or problem."""
    gate = threading.Barrier(len(calls))

    def run(call):
        gate.wait()
        try:
            return call()
        except Problem as problem:
            return problem.code

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_of_many_claims_one_wins(stage, processor):
    for _ in range(5):
        task_id = processor.find_open_task(request_job(stage).id)
        answers = at_once(*[lambda task_id=task_id: processor.claim(task_id)] * 8)
        grants = [answer for answer in answers if not isinstance(answer, str)]
        assert len(grants) == 1
        assert grants[0].attempt == 1


def test_of_many_claims_of_an_expired_lease_one_wins(stage, processor):
    task_id = processor.find_open_task(request_job(stage).id)
    processor.claim(task_id)
    stage.wait(91)
    answers = at_once(*[lambda: processor.claim(task_id)] * 8)
    assert [answer.attempt for answer in answers if not isinstance(answer, str)] == [2]


def test_a_completion_and_the_reaper_leave_one_outcome(stage, processor):
    for _ in range(5):
        job = request_job(stage)
        grant = processor.claim_next(job.id)
        stage.wait(200)
        completed, reaped = at_once(
            lambda grant=grant: processor.complete(grant),
            lambda: reap_leases(stage.ports, grace_seconds=15, lease_seconds=90),
        )
        if completed == "lease_lost":
            assert reaped == 1
            stage.wait(5)
            assert processor.claim(grant.task_id).attempt == 2
        else:
            assert reaped == 0
            assert get_job(stage.ports, job.id, user_id=USER).phase == "encoding"
        cancel_job(stage.ports, job.id, user_id=USER)


def test_a_completion_and_a_cancellation_leave_one_outcome(stage, processor):
    for _ in range(5):
        job = request_job(stage)
        processor.run_next(job.id)
        processor.run_next(job.id)
        grant = processor.claim_next(job.id)
        before = len(stage.list_messages("publish"))
        completed, cancelled = at_once(
            lambda grant=grant: processor.complete(grant),
            lambda job=job: cancel_job(stage.ports, job.id, user_id=USER),
        )
        status = get_job(stage.ports, job.id, user_id=USER).status
        published = len(stage.list_messages("publish")) - before
        if status == "completed":
            assert (cancelled, published) == ("job_finished", 1)
        else:
            assert (status, completed, published) == ("cancelled", "lease_lost", 0)


def test_the_same_completion_many_times_at_once_publishes_once(stage, processor):
    job = request_job(stage)
    processor.run_next(job.id)
    processor.run_next(job.id)
    grant = processor.claim_next(job.id)
    answers = at_once(*[lambda: processor.complete(grant)] * 6)
    assert sum(not answer.is_repeat for answer in answers) == 1
    assert len(stage.list_messages("publish")) == 1


def test_chunks_that_end_together_are_assembled_once(stage, processor):
    job = request_job(stage)
    grant = processor.claim_next(job.id)
    completion = build_completion(grant).model_copy(update={"result": build_result(grant, chunks=6)})
    complete_task(stage.ports, grant.task_id, completion)
    grants = [processor.claim_next(job.id) for _ in ("first chunk", "audio")]
    grants += [processor.claim_next_of(job.id, index) for index in range(1, 6)]
    at_once(*[lambda grant=grant: processor.complete(grant) for grant in grants])
    assert len(stage.list_messages("task")) == 1 + 6 + 1 + 1
    assert processor.claim_next(job.id).input.kind == "assemble"


def test_two_jobs_of_one_video_that_end_together_leave_one_current_rendition(stage, processor):
    video_id = stage.add_source(user_id=USER)
    grants = []
    for _ in range(2):
        job = request_job(stage, video_id=video_id)
        processor.run_next(job.id)
        processor.run_next(job.id)
        grants.append(processor.claim_next(job.id))
    answers = at_once(*[lambda grant=grant: processor.complete(grant) for grant in grants])
    assert [answer.job_status for answer in answers] == ["completed", "completed"]
    outputs = stage.list_outputs(video_id)
    assert [output[0] for output in outputs] == ["audio", "images", "rendition"]
    assert len({output[2] for output in outputs}) == 1
    assert len(stage.list_deletions()) == 1


def test_the_limit_of_jobs_holds_for_concurrent_requests(stage):
    video_ids = [stage.add_source(user_id=USER) for _ in range(8)]
    answers = at_once(*[lambda name=name: request_job(stage, limit=3, video_id=name) for name in video_ids])
    assert sum(answer == "too_many_jobs" for answer in answers) == 5


def test_two_relays_send_each_message_once(stage):
    for _ in range(20):
        request_job(stage)
    relays = [
        RelayPorts(
            jobs=stage.ports,
            queue=MemoryTaskQueue(),
            gallery=MemoryGalleryFeed(),
        )
        for _ in range(3)
    ]
    assert sum(at_once(*[lambda relay=relay: send_tasks(relay) for relay in relays])) == 20
    sent = [message.task_id for relay in relays for message in relay.queue.waiting]
    assert len(set(sent)) == len(sent) == 20
