"""Every job that ends is counted once, whatever ended it."""

import pytest

from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.requests import cancel_job, cancel_jobs_of_video, create_job
from job_service.jobs.task import MAX_LOSSES
from job_service.platform.metrics import REGISTRY, PrometheusJobMetrics
from job_service.relaying.announce_ends import HOLD_SECONDS, announce_ends
from job_service.sweeps.reap_leases import reap_leases
from job_service.tasks.complete_task import complete_task
from job_service.tasks.fail_task import fail_task
from job_service.testing.job_publishers import MemoryJobMetrics
from job_service.testing.jobs import build_memory_stage
from job_service.testing.processor import FakeProcessor, build_completion, build_proof
from videoforge.messages import TaskError, TaskFailure
from videoforge.problems import Problem

USER = "user-1"


@pytest.fixture
def stage():
    return build_memory_stage()


@pytest.fixture
def processor(stage):
    return FakeProcessor(stage.ports)


@pytest.fixture
def job(stage):
    wish = NewJob(video_id=stage.add_source(user_id=USER), output_formats=["720p"])
    return create_job(stage.ports, wish, requester=JobRequester(user_id=USER))


def count_ends(stage):
    announce_ends(stage.ports)
    assert announce_ends(stage.ports) == 0, "an end is announced once"
    return stage.metrics.ended


def test_a_completion_that_is_sent_twice_counts_once(stage, processor, job):
    while stage.tables.jobs[job.id].status != "completed":
        grant = processor.claim_next(job.id)
        processor.complete(grant)
    assert complete_task(stage.ports, grant.task_id, build_completion(grant)).is_repeat
    assert count_ends(stage) == {"completed": 1}


def test_bad_input_counts_as_a_failed_job(stage, processor, job):
    grant = processor.claim_next(job.id)
    error = TaskError(code="not_media", message="It is not a video.", retryable=False)
    failure = TaskFailure(**build_proof(grant).model_dump(), kind="bad_input", error=error)
    fail_task(stage.ports, grant.task_id, failure)
    assert count_ends(stage) == {"failed": 1}


def test_a_job_that_lost_all_its_processors_counts_as_failed(stage, processor, job):
    for losses in range(1, MAX_LOSSES["crash"] + 1):
        processor.claim_next(job.id)
        stage.wait(200)
        assert reap_leases(stage.ports, grace_seconds=15, lease_seconds=90) == 1
        stage.wait(200)
        assert count_ends(stage).get("failed", 0) == (losses == MAX_LOSSES["crash"])


def test_a_cancelled_job_counts_once_however_often_it_is_cancelled(stage, job):
    cancel_job(stage.ports, job.id, user_id=USER)
    with pytest.raises(Problem, match="job_finished"):
        cancel_job(stage.ports, job.id, user_id=USER)
    assert count_ends(stage) == {"cancelled": 1}


def test_a_job_that_ends_with_its_video_counts_as_cancelled(stage, job):
    for _ in range(2):
        with stage.ports.database.begin() as tx:
            cancel_jobs_of_video(tx, job.video_id)
    assert count_ends(stage) == {"cancelled": 1}


def test_an_end_that_was_rolled_back_is_not_announced(stage, job):
    with pytest.raises(ValueError, match="rolled back"), stage.ports.database.begin() as tx:
        cancel_jobs_of_video(tx, job.video_id)
        raise ValueError("rolled back")
    assert count_ends(stage) == {}


def test_an_end_is_announced_after_a_relay_was_killed_in_between(stage, job, monkeypatch):
    cancel_job(stage.ports, job.id, user_id=USER)
    with monkeypatch.context() as patch:
        patch.setattr(MemoryJobMetrics, "count_end", lambda *_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            announce_ends(stage.ports)
    assert announce_ends(stage.ports) == 0, "it is held for the relay that took it"
    stage.wait(HOLD_SECONDS + 1)
    assert count_ends(stage) == {"cancelled": 1}
    assert [(job_id, view["status"]) for job_id, _, view in stage.progress.events][-1] == (
        job.id,
        "cancelled",
    )


def test_the_count_is_the_metric_that_each_process_exports():
    def read():
        return REGISTRY.get_sample_value("videoforge_jobs_total", {"status": "cancelled"}) or 0

    before = read()
    PrometheusJobMetrics().count_end("cancelled")
    assert read() == before + 1
