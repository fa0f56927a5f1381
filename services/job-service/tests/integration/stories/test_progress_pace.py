"""Most reports are only kept; every few seconds the job's row takes them all. Run on the memory
stores and on PostgreSQL."""

from dataclasses import replace

import pytest

from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.ports import ShowPace
from job_service.jobs.requests import cancel_job, create_job
from job_service.jobs.views import get_job
from job_service.tasks import report_pace
from job_service.tasks.complete_task import complete_task
from job_service.tasks.fail_task import fail_task
from job_service.tasks.reports import report_progress
from job_service.testing.processor import FakeProcessor, build_completion, build_result
from videoforge.messages import ProgressReport, TaskError, TaskFailure
from videoforge.problems import Problem

USER = "user-1"


@pytest.fixture
def ports(stage):
    return replace(stage.ports, show_pace=ShowPace(least_seconds=15, most_seconds=50))


@pytest.fixture
def job(stage, ports):
    """A prepared job with two chunks."""
    wish = NewJob(video_id=stage.add_source(user_id=USER), output_formats=["720p"])
    job = create_job(ports, wish, requester=JobRequester(user_id=USER))
    grant = FakeProcessor(ports).claim_next(job.id)
    completion = build_completion(grant).model_copy(update={"result": build_result(grant, chunks=2)})
    complete_task(ports, grant.task_id, completion)
    return job


@pytest.fixture
def grants(ports, job):
    return [FakeProcessor(ports, name=f"p-{chunk}").claim_next_of(job.id, chunk) for chunk in (0, 1)]


def report(ports, grant, percent):
    message = ProgressReport(
        attempt=grant.attempt, lease_token=grant.lease_token, phase="encoding", percent=percent, speed=1.0
    )
    return report_progress(ports, grant.task_id, message)


def see(ports, job):
    return get_job(ports, job.id, user_id=USER).progress_percent


def count_events(stage):
    return len([event for _, event, _ in stage.progress.events if event == "progress"])


def test_reports_that_follow_soon_are_kept_and_shown_together(stage, ports, job, grants):
    one, two = grants
    stage.wait(20)
    report(ports, one, 10)
    shown = see(ports, job)
    assert shown == pytest.approx(5 + 82 * 0.05)
    for percent in (20, 30, 40):
        report(ports, two, percent)
        report(ports, one, percent)
    assert (see(ports, job), count_events(stage)) == (shown, 1)
    stage.wait(20)
    report(ports, two, 42)  # its row has 0, and that of the other 10
    assert see(ports, job) == pytest.approx(5 + 82 * 0.41)
    assert count_events(stage) == 2


def test_less_than_a_whole_percent_waits_longer(stage, ports, job, grants):
    stage.wait(20)
    report(ports, grants[0], 10)
    stage.wait(20)
    report(ports, grants[0], 10.9)
    assert count_events(stage) == 1
    stage.wait(40)
    report(ports, grants[0], 10.9)
    assert count_events(stage) == 2
    assert see(ports, job) == pytest.approx(5 + 82 * 0.0545, abs=0.01)
    stage.wait(20)
    report(ports, grants[0], 11)
    assert count_events(stage) == 3


def test_what_the_cache_lost_comes_with_the_next_reports_and_nothing_falls(stage, ports, job, grants):
    one, two = grants
    report(ports, one, 40)
    stage.wait(20)
    report(ports, two, 40)
    before = see(ports, job)
    assert before == pytest.approx(5 + 82 * 0.4)
    stage.progress.live.clear()
    stage.progress.tasks.clear()
    stage.wait(20)
    report(ports, two, 44)  # that one has 40 is known nowhere now
    assert see(ports, job) == before
    report(ports, one, 44)
    stage.wait(20)
    report(ports, two, 46)
    assert see(ports, job) == pytest.approx(5 + 82 * 0.45)


def test_a_kept_report_is_fenced_like_any_other(stage, ports, job, grants):
    stage.wait(20)
    report(ports, grants[0], 10)
    stopped = TaskError(code="interrupted", message="The processor was stopped.", retryable=True)
    proof = {"attempt": grants[0].attempt, "lease_token": grants[0].lease_token}
    fail_task(ports, grants[0].task_id, TaskFailure(**proof, kind="interruption", error=stopped))
    again = FakeProcessor(ports, name="p-3").claim_next_of(job.id, 0)
    for stale in (grants[0], replace_token(again), replace_attempt(again)):
        with pytest.raises(Problem) as refused:
            report(ports, stale, 11)
        assert (refused.value.status, refused.value.code) == (409, "lease_lost")
    assert stage.progress.tasks[job.id][again.task_id].percent == 10
    report(ports, again, 1)
    with pytest.raises(Problem) as unknown:
        report(ports, again.model_copy(update={"task_id": "nothing"}), 1)
    assert (unknown.value.status, unknown.value.code) == (404, "task_not_found")
    cancel_job(ports, job.id, user_id=USER)
    with pytest.raises(Problem) as over:
        report(ports, again, 2)
    assert over.value.code == "lease_lost"


def replace_token(grant):
    return grant.model_copy(update={"lease_token": "guessed"})


def replace_attempt(grant):
    return grant.model_copy(update={"attempt": grant.attempt - 1})


def test_a_kept_report_also_learns_that_light_work_waits(stage, ports, job, grants):
    report(ports, grants[0], 1)
    assert not report(ports, grants[0], 1).light_work_waits
    create_job(
        ports,
        NewJob(video_id=stage.add_source(user_id=USER), output_formats=["720p"]),
        requester=JobRequester(user_id=USER),
    )
    stage.wait(2)
    assert report(ports, grants[0], 1).light_work_waits


def test_the_more_tasks_run_the_less_often_each_reports(monkeypatch, stage, ports, job, grants):
    assert [grant.report_every_seconds for grant in grants] == [report_pace.MIN_SECONDS] * 2
    monkeypatch.setattr(report_pace, "REPORTS_PER_SECOND", 0.5)
    [another] = claim_others(stage, ports, jobs=1)
    assert another.report_every_seconds == 6  # three tasks send a report in two seconds
    complete_task(ports, another.task_id, build_completion(another))
    assert [other.report_every_seconds for other in claim_others(stage, ports, jobs=4)] == [6, 8, 10, 10]


def claim_others(stage, ports, *, jobs):
    """Return the grants of so many new jobs, one after the other."""
    grants = []
    for number in range(jobs):
        wish = NewJob(video_id=stage.add_source(user_id=USER), output_formats=["720p"])
        created = create_job(ports, wish, requester=JobRequester(user_id=USER))
        grants.append(FakeProcessor(ports, name=f"other-{number}").claim_next(created.id))
    return grants
