"""Jobs, tasks, progress, formats and outbox as values: states, limits and figures."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from job_service.idempotency.request import KeptAnswer, KeyUse, decide_repeat
from job_service.jobs.job import FINAL_STATUSES, Job
from job_service.jobs.job_parts import JobMetrics
from job_service.jobs.job_request import find_unknown_formats, order_formats
from job_service.jobs.progress import (
    LiveProgress,
    TaskProgress,
    compute_percent,
    estimate_seconds,
    take_report,
)
from job_service.jobs.task import MAX_LOSSES, Task, choose_backoff_seconds
from job_service.outbox.message import choose_resend_delay
from job_service.testing.processor import build_plan
from videoforge.messages import (
    JobWarning,
    PrepareResult,
    ProgressReport,
    RenditionProgress,
    TaskError,
    TaskMetrics,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ERROR = TaskError(code="boom", message="It broke.", retryable=True)


def build_job(**values):
    made = Job(
        id="job", video_id="video", user_id="user", output_formats=["720p"], created_at=NOW, updated_at=NOW
    )
    return replace(made, **values)


def build_task(**values):
    made = Task(id="task", job_id="job", kind="encode", created_at=NOW, dispatched_at=NOW, not_before_at=NOW)
    return replace(made, **values)


def build_planned_job(*, chunks=1):
    result = PrepareResult(
        plan=build_plan(["720p", "480p"], chunks=chunks), skipped=[], warnings=[], thumbnail_key=None
    )
    return build_job(status="processing").take_plan(result)


def build_report(percent, **values):
    return ProgressReport(attempt=1, lease_token="t", phase="encoding", percent=percent, **values)


class TestFormats:
    def test_known_formats_are_put_in_order_once(self):
        assert order_formats(["480p", "4k", "1080P", "480p"]) == ["4K", "1080p", "480p"]

    def test_unknown_formats_are_named(self):
        assert find_unknown_formats(["720p", "9K", ""]) == ["9K", ""]


class TestJob:
    def test_starting_notes_the_wait_and_happens_once(self):
        started = build_job().start(queued_at=NOW, now=NOW + timedelta(seconds=3))
        assert (started.status, started.metrics) == ("processing", JobMetrics(queue_seconds=3.0))
        assert started.start(queued_at=NOW, now=NOW + timedelta(hours=1)) is started

    def test_warnings_of_encodes_are_added_to_the_others_once(self):
        early = JobWarning(code="ends_early", message="It ends after 9.0 s.")
        silent = JobWarning(code="no_audio", message="The source has no sound.")
        job = build_job(warnings=[silent]).add_warnings([early]).add_warnings([early])
        assert job.warnings == [silent, early]

    @pytest.mark.parametrize("status", sorted(FINAL_STATUSES))
    def test_a_final_job_cannot_change_its_state(self, status):
        job = build_job(status=status)
        steps = [
            lambda: job.start(queued_at=NOW, now=NOW),
            lambda: job.advance(phase="encoding", percent=50),
            lambda: job.complete([], now=NOW),
            lambda: job.fail(ERROR, now=NOW),
            lambda: job.cancel(now=NOW),
        ]
        for step in steps:
            with pytest.raises(ValueError, match=f"is {status}"):
                step()

    def test_progress_neither_falls_nor_reaches_100_by_itself(self):
        job = build_job(progress_percent=60, status="processing")
        assert job.advance(phase="encoding", percent=20).progress_percent == 60
        assert job.advance(phase="packaging", percent=100).progress_percent == 99

    def test_a_rendition_neither_falls_nor_becomes_pending_again(self):
        job = build_planned_job()
        started = [
            item.model_copy(update={"progress_percent": 30.0, "status": "encoding"})
            for item in job.renditions
        ]
        moved = job.advance(phase="encoding", percent=30, renditions=started)
        assert moved.advance(phase="encoding", percent=30, renditions=job.renditions).renditions == started

    def test_metrics_are_summed_over_tasks(self):
        spent = TaskMetrics(download_seconds=1, encode_seconds=2.5, upload_seconds=0, cpu_seconds=4)
        job = build_job(metrics=JobMetrics(queue_seconds=1.0)).add_metrics(spent).add_metrics(spent)
        assert (job.metrics.encode_seconds, job.metrics.queue_seconds) == (5.0, 1.0)

    def test_a_retry_keeps_the_request_and_drops_the_results(self):
        job = replace(build_planned_job(), priority=3, status="processing").fail(ERROR, now=NOW)
        again = job.retry()
        assert (again.id, again.priority, again.attempts, again.status) == ("job", 3, 2, "pending")
        assert (again.plan, again.error, again.renditions, again.completed_at) == (None, None, [], None)

    @pytest.mark.parametrize("status", ["pending", "processing", "completed"])
    def test_only_a_failed_or_cancelled_job_is_retried(self, status):
        with pytest.raises(ValueError, match="cannot be retried"):
            build_job(status=status).retry()


class TestFence:
    @pytest.mark.parametrize(
        ("attempt", "lease_token", "is_holder"),
        [(2, "t", True), (1, "t", False), (3, "t", False), (2, "u", False)],
    )
    def test_a_holder_is_identified_by_attempt_and_token(self, attempt, lease_token, is_holder):
        """An equal token does not make an earlier attempt the holder of the lease."""
        running = build_task(status="running", attempt=2, lease_token="t")
        done = replace(running, status="done")
        assert running.is_leased_by(attempt=attempt, lease_token=lease_token) is is_holder
        assert done.was_completed_by(attempt=attempt, lease_token=lease_token) is is_holder


class TestTaskLosses:
    @pytest.mark.parametrize("loss", sorted(MAX_LOSSES))
    def test_each_kind_has_its_limit(self, loss):
        task, tries = build_task(status="running"), 0
        while task.status != "failed":
            task = replace(task, status="running").lose(loss, error=ERROR, now=NOW)
            tries += 1
        assert tries == MAX_LOSSES[loss]

    def test_kinds_are_counted_separately(self):
        task = build_task(status="running")
        for loss in ("failure", "crash", "interruption", "failure", "crash", "interruption"):
            task = replace(task, status="running").lose(loss, error=ERROR, now=NOW)
        assert (task.failures, task.crashes, task.interruptions) == (2, 2, 2)
        assert task.status == "pending"

    def test_a_lost_task_has_no_holder_and_a_new_dispatch(self):
        task = build_task(status="running", attempt=1, lease_token="t", processor_id="p", leased_until=NOW)
        lost = task.lose("failure", error=ERROR, now=NOW)
        assert not lost.is_leased_by(attempt=1, lease_token="t")
        assert (lost.lease_token, lost.processor_id, lost.leased_until) == (None, None, None)
        assert lost.dispatch == task.dispatch + 1
        assert lost.not_before_at == NOW + timedelta(seconds=5)

    def test_waits_grow_and_are_bounded(self):
        assert [choose_backoff_seconds("failure", losses=n) for n in (1, 2)] == [5, 20]
        assert [choose_backoff_seconds("crash", losses=n) for n in (1, 2, 3, 4)] == [2, 4, 8, 16]
        assert choose_backoff_seconds("interruption", losses=19) == 0
        assert choose_backoff_seconds("failure", losses=10) == 120


class TestProgress:
    def test_phases_are_weighted_by_their_share_of_the_time(self):
        job = build_planned_job()
        tasks = [
            build_task(id="p", kind="prepare", status="done"),
            build_task(id="e", kind="encode", status="done"),
            build_task(id="a", kind="assemble", progress_percent=50),
        ]
        assert compute_percent(job, tasks=tasks[:1]) == 5
        assert compute_percent(job, tasks=tasks[:2]) == 90
        assert compute_percent(job, tasks=tasks) == 94.5

    def test_chunks_and_their_speeds_add_up(self):
        job = build_planned_job(chunks=2)
        first = build_task(id="one", chunk_index=0, status="running")
        second = build_task(id="two", chunk_index=1, status="running")
        tasks = [build_task(id="p", kind="prepare", status="done"), first, second]
        job, live = take_report(build_report(50, speed=1.5), task=first, job=job, tasks=tasks, before=None)
        tasks[1] = replace(first, progress_percent=50)
        job, live = take_report(build_report(20, speed=1.0), task=second, job=job, tasks=tasks, before=live)
        assert job.progress_percent == pytest.approx(5 + 85 * 0.35)
        assert live.speed == 2.5
        assert live.eta_seconds == pytest.approx(60 * (100 - 34.75) / 85 / 2.5, abs=0.1)

    def test_a_rendition_is_the_sum_of_its_chunks(self):
        job = build_planned_job(chunks=2)
        done = build_task(id="one", chunk_index=0, status="done")
        running = build_task(id="two", chunk_index=1, status="running")
        reached = [RenditionProgress(format="480p", progress_percent=40)]
        report = build_report(20, renditions=reached)
        job, _ = take_report(report, task=running, job=job, tasks=[done, running], before=None)
        shown = {item.format: (item.progress_percent, item.status) for item in job.renditions}
        assert shown == {"720p": (60, "encoding"), "480p": (70, "encoding")}

    def test_progress_of_an_earlier_try_is_forgotten(self):
        job = replace(build_planned_job(), attempts=2)
        task = build_task(status="running")
        before = LiveProgress(attempts=1, tasks={"other": TaskProgress(speed=2.0)})
        job, live = take_report(build_report(0), task=task, job=job, tasks=[task], before=before)
        assert (job.progress_percent, list(live.tasks)) == (0, ["task"])

    def test_an_older_report_written_last_to_the_cache_lowers_nothing(self):
        job, task = build_planned_job(), build_task(chunk_index=0, status="running")
        reports = [RenditionProgress(format=name, progress_percent=30) for name in ("720p", "480p")]
        job, older = take_report(build_report(1), task=task, job=job, tasks=[task], before=None)
        report = build_report(30, renditions=reports)
        newer, _ = take_report(report, task=task, job=job, tasks=[task], before=older)
        job, _ = take_report(build_report(2), task=task, job=newer, tasks=[task], before=older)
        assert job.progress_percent == newer.progress_percent
        assert [(item.progress_percent, item.status) for item in job.renditions] == [(30, "encoding")] * 2

    def test_there_is_no_estimate_without_a_speed_or_a_plan(self):
        assert estimate_seconds(build_planned_job(), percent=50, speed=None) is None
        assert estimate_seconds(build_planned_job(), percent=50, speed=0) is None
        assert estimate_seconds(build_job(), percent=50, speed=2) is None


class TestSendingAgain:
    def test_delays_double_to_a_minute_and_are_spread(self):
        assert [choose_resend_delay(tries, chance=1) for tries in (1, 2, 3, 50)] == [0.5, 1, 2, 60]
        assert choose_resend_delay(3, chance=0) == 1


class TestRepeatedRequests:
    def decide(self, **values):
        found = {"request_hash": "a", "created_at": NOW, "held_at": NOW, "holder": "run-1", **values}
        return decide_repeat(KeyUse(**found), request_hash="a", now=NOW + timedelta(seconds=5))

    def test_a_request_with_a_free_key_runs(self):
        assert self.decide(holder=None) == "run"

    def test_a_kept_answer_is_replayed(self):
        assert self.decide(answer=KeptAnswer(status=202, body={})) == "replay"

    def test_another_body_is_refused_even_while_the_first_runs(self):
        assert self.decide(request_hash="b") == "reused"

    def test_a_request_that_was_abandoned_runs_again(self):
        assert self.decide() == "in_progress"
        assert self.decide(created_at=NOW - timedelta(minutes=2)) == "in_progress"
        assert self.decide(held_at=NOW - timedelta(seconds=20)) == "in_progress"
        assert self.decide(held_at=NOW - timedelta(seconds=30)) == "run"
