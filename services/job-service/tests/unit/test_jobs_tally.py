"""Every job that ends is counted once, whoever ended it."""

import pytest

from job_service.jobs.announce_job import announce_ends
from job_service.jobs.cancel_job import cancel_job
from job_service.jobs.cancel_jobs_of_video import cancel_jobs_of_video
from job_service.jobs.create_job import create_job
from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.task import MAX_LOSSES
from job_service.platform.metrics import REGISTRY, PrometheusJobMetrics
from job_service.sweeps.reap_leases import reap_leases
from job_service.tasks.complete_task import complete_task
from job_service.tasks.fail_task import fail_task
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


def test_a_completion_that_is_sent_twice_counts_once(stage, processor, job):
    while stage.tables.jobs[job.id].status != "completed":
        grant = processor.claim_next(job.id)
        processor.complete(grant)
    assert complete_task(stage.ports, grant.task_id, build_completion(grant)).is_repeat
    assert stage.metrics.ended == {"completed": 1}


def test_bad_input_counts_as_a_failed_job(stage, processor, job):
    grant = processor.claim_next(job.id)
    error = TaskError(code="not_media", message="It is no video.", retryable=False)
    failure = TaskFailure(**build_proof(grant).model_dump(), kind="bad_input", error=error)
    fail_task(stage.ports, grant.task_id, failure)
    assert stage.metrics.ended == {"failed": 1}


def test_a_job_that_lost_all_its_processors_counts_as_failed(stage, processor, job):
    for losses in range(1, MAX_LOSSES["crash"] + 1):
        processor.claim_next(job.id)
        stage.wait(200)
        assert reap_leases(stage.ports, grace_seconds=15, lease_seconds=90) == 1
        stage.wait(200)
        assert stage.metrics.ended["failed"] == (losses == MAX_LOSSES["crash"])


def test_a_cancelled_job_counts_once_however_often_it_is_cancelled(stage, job):
    cancel_job(stage.ports, job.id, user_id=USER)
    with pytest.raises(Problem, match="job_finished"):
        cancel_job(stage.ports, job.id, user_id=USER)
    assert stage.metrics.ended == {"cancelled": 1}


def test_a_job_that_ends_with_its_video_counts_as_cancelled(stage, job):
    for _ in range(2):
        with stage.ports.database.begin() as tx:
            stopped = cancel_jobs_of_video(tx, job.video_id)
        announce_ends(stage.ports, stopped)
    assert stage.metrics.ended == {"cancelled": 1}


def test_the_count_is_the_metric_that_each_process_shows():
    def read():
        return REGISTRY.get_sample_value("videoforge_jobs_total", {"status": "cancelled"}) or 0

    before = read()
    PrometheusJobMetrics().count_end("cancelled")
    assert read() == before + 1
