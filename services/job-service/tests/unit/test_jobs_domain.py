"""Jobs, tasks, progress, formats and outbox as values: states, limits and figures."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from job_service.idempotency.request import KeptAnswer, KeyUse, decide_repeat
from job_service.jobs.eta import RunningChunk, estimate_end
from job_service.jobs.job import FINAL_STATUSES, Job
from job_service.jobs.job_parts import JobMetrics, JobSkipped
from job_service.jobs.job_request import find_unknown_formats, order_formats
from job_service.jobs.progress import (
    TaskProgress,
    compute_percent,
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
    made = Task(
        id="task",
        job_id="job",
        user_id="user",
        kind="encode",
        created_at=NOW,
        dispatched_at=NOW,
        not_before_at=NOW,
    )
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
        started = build_job().start(phase="preparing", queued_at=NOW, now=NOW + timedelta(seconds=3))
        assert (started.status, started.metrics) == ("processing", JobMetrics(queue_seconds=3.0))
        assert started.start(phase="encoding", queued_at=NOW, now=NOW + timedelta(hours=1)) is started

    def test_warnings_of_encodes_are_added_to_the_others_once(self):
        early = JobWarning(code="ends_early", message="It ends after 9.0 s.")
        silent = JobWarning(code="no_audio", message="The source has no sound.")
        job = build_job(warnings=[silent]).add_warnings([early]).add_warnings([early])
        assert job.warnings == [silent, early]

    def test_a_plan_of_which_nothing_would_be_left_is_made_entirely(self):
        result = PrepareResult(plan=build_plan(["480p"]), skipped=[], warnings=[], thumbnail_key=None)
        made = JobSkipped(format="480p", reason="The video already has 480p.", code="already_made")
        job = build_job(status="processing", skipped=[made]).take_plan(result)
        assert job.skipped == []
        assert [item.format for item in job.renditions] == ["480p"]
        assert job.plan == result.plan

    @pytest.mark.parametrize("status", sorted(FINAL_STATUSES))
    def test_a_final_job_cannot_change_its_state(self, status):
        job = build_job(status=status)
        steps = [
            lambda: job.start(phase="preparing", queued_at=NOW, now=NOW),
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
        again = job.retry(keeps_plan=False)
        assert (again.id, again.priority, again.attempts, again.status) == ("job", 3, 2, "pending")
        assert (again.plan, again.error, again.renditions, again.completed_at) == (None, None, [], None)

    @pytest.mark.parametrize("status", ["pending", "processing", "completed"])
    def test_only_a_failed_or_cancelled_job_is_retried(self, status):
        with pytest.raises(ValueError, match="cannot be retried"):
            build_job(status=status).retry(keeps_plan=False)


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

    def test_sound_of_its_own_counts_with_the_encodes(self):
        tasks = [
            build_task(id="p", kind="prepare", status="done"),
            build_task(id="s", kind="audio", status="running", progress_percent=50),
            *(build_task(id=str(index), chunk_index=index, status="done") for index in range(3)),
        ]
        assert compute_percent(build_planned_job(chunks=3), tasks=tasks) == 88.5
        tasks[1] = replace(tasks[1], status="done")
        assert compute_percent(build_planned_job(chunks=3), tasks=tasks) == 90

    def test_chunks_and_their_speeds_add_up(self):
        job = build_planned_job(chunks=2)
        first = build_task(id="one", chunk_index=0, status="running")
        second = build_task(id="two", chunk_index=1, status="running")
        tasks = [build_task(id="p", kind="prepare", status="done"), first, second]
        job, live = take_report(build_report(50, speed=1.5), task_id="one", job=job, tasks=tasks, known={})
        known = {"one": TaskProgress(percent=50, speed=1.5)}  # not in the row yet
        job, live = take_report(build_report(20, speed=1.0), task_id="two", job=job, tasks=tasks, known=known)
        assert job.progress_percent == pytest.approx(5 + 85 * 0.35)
        assert live.speed == 2.5
        after = 60 * 10 / 85 / 1.25
        assert live.eta_seconds == pytest.approx(24 / 1.0 + after, abs=0.1)  # the slower one is the last
        assert live.eta_range_seconds == pytest.approx(
            [(39 / 2.5 + after) * 0.9, (24 / 1.0 + after) * 1.1], abs=0.1
        )

    def test_a_rendition_is_the_sum_of_its_chunks(self):
        job = build_planned_job(chunks=2)
        done = build_task(id="one", chunk_index=0, status="done")
        running = build_task(id="two", chunk_index=1, status="running")
        reached = [RenditionProgress(format="480p", progress_percent=40)]
        report = build_report(20, renditions=reached)
        job, _ = take_report(report, task_id="two", job=job, tasks=[done, running], known={})
        shown = {item.format: (item.progress_percent, item.status) for item in job.renditions}
        assert shown == {"720p": (60, "encoding"), "480p": (70, "encoding")}

    def test_progress_of_an_earlier_try_is_forgotten(self):
        job = replace(build_planned_job(), attempts=2)
        task = build_task(status="running")
        known = {"other": TaskProgress(percent=50, speed=2.0)}
        job, live = take_report(build_report(0), task_id="task", job=job, tasks=[task], known=known)
        assert (job.progress_percent, live.speed) == (0, None)

    def test_an_older_report_written_last_to_the_cache_lowers_nothing(self):
        job, task = build_planned_job(), build_task(chunk_index=0, status="running")
        reports = [RenditionProgress(format=name, progress_percent=30) for name in ("720p", "480p")]
        report = build_report(30, renditions=reports)
        newer, _ = take_report(report, task_id="task", job=job, tasks=[task], known={})
        job, _ = take_report(build_report(2), task_id="task", job=newer, tasks=[task], known={})
        assert job.progress_percent == newer.progress_percent
        assert [(item.progress_percent, item.status) for item in job.renditions] == [(30, "encoding")] * 2

    @pytest.mark.parametrize("speed", [None, 0])
    def test_there_is_no_estimate_without_a_speed(self, speed):
        task = build_task(status="running")
        _, live = take_report(
            build_report(50, speed=speed), task_id="task", job=build_planned_job(), tasks=[task], known={}
        )
        assert (live.eta_seconds, live.eta_range_seconds) == (None, None)

    def test_processors_are_counted_once_however_many_tasks_they_do(self):
        tasks = [
            build_task(id=str(index), chunk_index=index, status=status, processor_id=processor)
            for index, (status, processor) in enumerate(
                [
                    ("running", "p-1"),
                    ("running", "p-1"),
                    ("running", "p-2"),
                    ("done", "p-3"),
                    ("pending", None),
                ]
            )
        ]
        report = build_report(50, speed=1)
        _, live = take_report(report, task_id="0", job=build_planned_job(chunks=5), tasks=tasks, known={})
        assert live.processors == 2


class TestEta:
    def test_one_processor_takes_as_long_as_all_chunks(self):
        running = [RunningChunk(left_seconds=12, speed=2)]
        end = estimate_end(running, waiting_seconds=[24, 24], after_seconds=4)
        assert (end.seconds, end.low_seconds, end.high_seconds) == (32, 28.8, 35.2)

    def test_the_last_chunks_go_to_whoever_is_free(self):
        """6 s of 24 and then 24 more, beside 24 of 24: 15 s, and not 30 s of work for two shared
        evenly, 13.5 s."""
        running = [RunningChunk(left_seconds=6, speed=2), RunningChunk(left_seconds=24, speed=2)]
        end = estimate_end(running, waiting_seconds=[24], after_seconds=0)
        assert (end.seconds, end.low_seconds, end.high_seconds) == (15, 12.2, 16.5)

    def test_a_slow_processor_widens_the_range(self):
        running = [RunningChunk(left_seconds=24, speed=4), RunningChunk(left_seconds=24, speed=1)]
        end = estimate_end(running, waiting_seconds=[24, 24], after_seconds=0)
        assert (end.seconds, end.low_seconds, end.high_seconds) == (24, 17.3, 52.8)

    def test_one_that_has_just_begun_is_taken_to_be_as_fast_as_the_others(self):
        running = [RunningChunk(left_seconds=24, speed=2), RunningChunk(left_seconds=24, speed=None)]
        assert estimate_end(running, waiting_seconds=[], after_seconds=0).seconds == 12


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
