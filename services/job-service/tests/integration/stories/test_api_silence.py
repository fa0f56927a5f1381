"""While the task API is down no lease can be renewed: leases that expire then do not count as
crashes. Run on the memory stores and on PostgreSQL."""

import pytest

from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.requests import create_job
from job_service.jobs.views import get_job
from job_service.processes.api_beats import beat
from job_service.sweeps.reap_leases import reap_leases
from job_service.tasks.fail_task import fail_task
from job_service.tasks.lease import heartbeat_task
from job_service.testing.processor import FakeProcessor, build_proof
from videoforge.messages import TaskError, TaskFailure
from videoforge.problems import Problem

USER = "user-1"
BEAT_SECONDS = 10
#: Time from the API's return until tasks whose holders do not call again go to others.
RECONNECT_SECONDS = 60
AWAY = TaskError(code="job_service_unavailable", message="It does not answer.", retryable=True)


@pytest.fixture
def processor(stage):
    beat(stage.ports)
    return FakeProcessor(stage.ports)


def request_job(stage):
    wish = NewJob(video_id=stage.add_source(user_id=USER), output_formats=["720p"])
    return create_job(stage.ports, wish, requester=JobRequester(user_id=USER))


def find(stage, grant):
    with stage.ports.database.begin() as tx:
        return tx.tasks.find(grant.task_id)


def find_beat(stage):
    with stage.ports.database.begin() as tx:
        return tx.beats.find()


def count(stage, grant):
    task = find(stage, grant)
    return task.crashes, task.failures, task.interruptions


def sweep(stage):
    return reap_leases(stage.ports, grace_seconds=15, lease_seconds=90)


def live(stage, seconds):
    """The task API is up and writes heartbeats."""
    for _ in range(0, seconds, BEAT_SECONDS):
        stage.wait(BEAT_SECONDS)
        beat(stage.ports)


def be_silent(stage, seconds):
    """The relay, its sweep and the database keep running."""
    for _ in range(4):
        stage.wait(seconds / 4)
        assert sweep(stage) == 0, "no processor could claim it, and its holder may still deliver the result"


class TestTheApiIsDown:
    def test_three_running_tasks_survive_ten_minutes_without_a_loss(self, stage, processor):
        jobs = [request_job(stage) for _ in range(3)]
        grants = [processor.claim_next(job.id) for job in jobs]
        be_silent(stage, 600)
        beat(stage.ports)
        assert sweep(stage) == 0, "surviving holders get time to call again"
        live(stage, RECONNECT_SECONDS + BEAT_SECONDS)
        assert sweep(stage) == 3
        for grant in grants:
            assert count(stage, grant) == (0, 0, 0)
            assert find(stage, grant).status == "pending"
            sent = {"task_id": grant.task_id, "dispatch": 2, "priority": 0}
            assert sent in stage.list_messages("task")
        for job in jobs:
            assert processor.run_job(job.id).job_status == "completed"

    def test_a_result_that_waited_for_it_is_accepted(self, stage, processor):
        job = request_job(stage)
        grant = processor.claim_next(job.id)
        be_silent(stage, 300)
        beat(stage.ports)
        sweep(stage)
        processor.complete(grant)
        assert find(stage, grant).status == "done"

    def test_a_processor_that_survived_it_hands_its_task_back(self, stage, processor):
        grant = processor.claim_next(request_job(stage).id)
        be_silent(stage, 300)
        beat(stage.ports)
        live(stage, 30)
        sweep(stage)
        proof = {"attempt": grant.attempt, "lease_token": grant.lease_token}
        fail_task(stage.ports, grant.task_id, TaskFailure(**proof, kind="outage", error=AWAY))
        assert count(stage, grant) == (0, 0, 0)

    def test_the_next_receiver_waits_for_the_holder_and_counts_nothing(self, stage, processor):
        grant = processor.claim_next(request_job(stage).id)
        stage.wait(600)
        with pytest.raises(Problem, match="409 task_leased"):
            processor.claim(grant.task_id)  # before the first heartbeat
        beat(stage.ports)
        live(stage, 20)
        with pytest.raises(Problem, match="409 task_leased") as refused:
            processor.claim(grant.task_id)
        assert 35 < refused.value.extra["retry_after_seconds"] <= 41
        live(stage, RECONNECT_SECONDS - 10)
        assert processor.claim(grant.task_id).attempt == 2
        assert count(stage, grant) == (0, 0, 0)

    def test_it_may_be_down_more_often_than_processors_may_crash(self, stage, processor):
        job = request_job(stage)
        for _ in range(7):
            grant = processor.claim_next(job.id)
            be_silent(stage, 120)
            beat(stage.ports)
            live(stage, RECONNECT_SECONDS + BEAT_SECONDS)
            assert sweep(stage) == 1
        assert count(stage, grant) == (0, 0, 0)

    def test_it_goes_down_again_before_any_holder_called(self, stage, processor):
        grant = processor.claim_next(request_job(stage).id)
        be_silent(stage, 110)
        beat(stage.ports)
        live(stage, 20)
        be_silent(stage, 200)
        beat(stage.ports)
        live(stage, RECONNECT_SECONDS + BEAT_SECONDS)
        assert sweep(stage) == 1
        assert count(stage, grant) == (0, 0, 0)

    def test_a_lease_that_expires_after_its_return_started_before_it(self, stage, processor):
        grant = processor.claim_next(request_job(stage).id)
        live(stage, 10)
        be_silent(stage, 70)  # its holder gives up after 60 s
        beat(stage.ports)
        live(stage, RECONNECT_SECONDS + BEAT_SECONDS)
        assert sweep(stage) == 1
        assert count(stage, grant) == (0, 0, 0)


def test_a_frozen_database_of_100_s_counts_nothing(stage, processor):
    """Nothing happens for 100 s, and then the first caller wins."""
    grant = processor.claim_next(request_job(stage).id)
    stage.wait(106)
    assert sweep(stage) == 0, "the sweep runs before the first beat"
    with pytest.raises(Problem, match="409 task_leased"):
        processor.claim(grant.task_id)
    beat(stage.ports)
    heartbeat_task(stage.ports, grant.task_id, build_proof(grant), lease_seconds=90)
    live(stage, RECONNECT_SECONDS + BEAT_SECONDS)
    assert sweep(stage) == 0, "its holder is back"
    assert count(stage, grant) == (0, 0, 0)


class TestTheApiIsUp:
    def test_a_dead_processor_counts_as_a_crash_without_delay(self, stage, processor):
        grant = processor.claim_next(request_job(stage).id)
        live(stage, 110)
        assert sweep(stage) == 1
        assert count(stage, grant) == (1, 0, 0)

    def test_its_next_receiver_counts_it_too(self, stage, processor):
        grant = processor.claim_next(request_job(stage).id)
        live(stage, 100)
        processor.claim(grant.task_id)
        assert count(stage, grant) == (1, 0, 0)

    @pytest.mark.parametrize("taken_by", ["sweep", "receiver"])
    def test_a_file_that_kills_every_processor_ends_after_five(self, stage, processor, taken_by):
        job = request_job(stage)
        be_silent(stage, 40)  # a gap before its first claim says nothing about it
        beat(stage.ports)
        for death in range(1, 6):
            assert get_job(stage.ports, job.id, user_id=USER).status != "failed"
            processor.claim_next(job.id)
            live(stage, 110)
            if taken_by == "sweep" or death == 5:  # a sixth receiver is refused
                assert sweep(stage) == 1
                live(stage, 40)
        assert get_job(stage.ports, job.id, user_id=USER).error.code == "processor_lost"

    def test_a_processor_that_dies_after_a_gap_is_a_crash(self, stage, processor):
        grant = processor.claim_next(request_job(stage).id)
        be_silent(stage, 40)
        beat(stage.ports)
        live(stage, 10)
        heartbeat_task(stage.ports, grant.task_id, build_proof(grant), lease_seconds=90)
        live(stage, 110)
        assert sweep(stage) == 1
        assert count(stage, grant) == (1, 0, 0)

    def test_a_restart_is_not_a_gap(self, stage, processor):
        grant = processor.claim_next(request_job(stage).id)
        stage.wait(25)
        beat(stage.ports)
        live(stage, 90)
        assert sweep(stage) == 1
        assert count(stage, grant) == (1, 0, 0)


class TestTheHeartbeat:
    def test_it_keeps_the_last_gap(self, stage):
        beat(stage.ports)
        assert find_beat(stage).gap_ended_at is None
        live(stage, 60)
        assert find_beat(stage).gap_ended_at is None
        stage.wait(100)
        beat(stage.ports)
        first = find_beat(stage)
        assert first.silent_seconds == pytest.approx(100, abs=2)
        live(stage, 60)
        later = find_beat(stage)
        assert later.silent_seconds is None
        assert (later.gap_ended_at - later.gap_began_at).total_seconds() == pytest.approx(100, abs=2)

    def test_workers_that_beat_at_once_write_once(self, stage):
        with stage.ports.database.begin() as tx:
            assert tx.beats.note() is not None
            assert tx.beats.note() is None
