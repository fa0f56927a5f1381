"""A dependency that is down, or a full disk, costs a job only time, and is shown. Run on the memory
stores and on PostgreSQL."""

from itertools import pairwise

import pytest

from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.ports import DeadMessage
from job_service.jobs.requests import cancel_job, create_job
from job_service.jobs.views import get_job
from job_service.relaying.ports import RelayPorts
from job_service.relaying.send_tasks import send_tasks
from job_service.sweeps.drain_dead_letters import drain_dead_letters
from job_service.sweeps.show_waiting import SEEN_WITHIN_SECONDS, show_waiting
from job_service.tasks.claim_task import claim_task
from job_service.tasks.complete_task import complete_task
from job_service.tasks.fail_task import fail_task
from job_service.tasks.reports import report_progress, take_processor_report
from job_service.testing.job_publishers import MemoryGalleryFeed, MemoryTaskQueue
from job_service.testing.processor import build_completion
from videoforge.messages import ClaimRequest, ProcessorReport, ProgressReport, TaskError, TaskFailure
from videoforge.problems import Code, Problem

USER = "user-1"
AWAY = TaskError(code="store_unavailable", message="The store does not answer.", retryable=True)
FULL = TaskError(code="scratch_full", message="There is no room.", retryable=True)
SOURCE_BYTES = 1000


@pytest.fixture
def relay(stage):
    queue, gallery = MemoryTaskQueue(), MemoryGalleryFeed()
    return RelayPorts(jobs=stage.ports, queue=queue, gallery=gallery)


@pytest.fixture
def job(stage):
    return request_job(stage)


def request_job(stage):
    wish = NewJob(video_id=stage.add_source(user_id=USER), output_formats=["720p"])
    return create_job(stage.ports, wish, requester=JobRequester(user_id=USER))


def see(stage, job):
    return get_job(stage.ports, job.id, user_id=USER)


def find_task(stage, processor, job):
    with stage.ports.database.begin() as tx:
        return tx.tasks.find(processor.find_open_task(job.id))


def hand_back(stage, grant, kind="outage", waiting_for="store", error=AWAY):
    return fail_task(
        stage.ports,
        grant.task_id,
        TaskFailure(
            attempt=grant.attempt,
            lease_token=grant.lease_token,
            kind=kind,
            error=error,
            waiting_for=waiting_for,
        ),
    )


def report_waiting(stage, name, waiting_for=None, **values):
    take_processor_report(stage.ports, ProcessorReport(processor_id=name, waiting_for=waiting_for, **values))


def measure_pause(stage, processor, job, act):
    """Make the job's task wait, and return the shortest and the longest pause that it may mean in
    seconds: real time passes on PostgreSQL."""
    before = read_clock(stage)
    act()
    after = read_clock(stage)
    due_at = find_task(stage, processor, job).not_before_at
    return (due_at - after).total_seconds(), (due_at - before).total_seconds()


def read_clock(stage):
    with stage.ports.database.begin() as tx:
        return tx.jobs.read_clock()


class TestAnOutage:
    def test_it_costs_no_attempt_however_often_the_task_is_handed_back(self, stage, processor, job):
        for _ in range(60):
            assert hand_back(stage, processor.claim_next(job.id)).will_retry
            stage.wait(61)
        task = find_task(stage, processor, job)
        assert (task.failures, task.crashes, task.interruptions, task.status) == (0, 0, 0, "pending")
        assert processor.run_job(job.id).job_status == "completed"

    def test_pauses_grow_to_a_minute_and_start_over_with_the_next_outage(self, stage, processor, job):
        pauses = []
        for _ in range(8):
            grant = processor.claim_next(job.id)
            pauses.append(measure_pause(stage, processor, job, lambda grant=grant: hand_back(stage, grant)))
            began = find_task(stage, processor, job).waiting_since_at
            stage.wait(pauses[-1][1] + 10)
        assert all(shortest <= longest for (shortest, _), (_, longest) in pairwise(pauses))
        for seconds, (shortest, longest) in ((5, pauses[0]), (60, pauses[-1])):
            assert shortest <= seconds <= longest
        stage.wait(600)
        hand_back(stage, processor.claim_next(job.id))
        again = find_task(stage, processor, job)
        assert again.waiting_since_at > began

    def test_it_is_shown_until_work_continues(self, stage, processor, job):
        hand_back(stage, processor.claim_next(job.id))
        waiting = see(stage, job)
        assert (waiting.status, waiting.waiting_for, waiting.error) == ("processing", "store", None)
        assert stage.progress.events[-1][2]["waiting_for"] == "store"
        stage.wait(6)
        grant = processor.claim_next(job.id)
        assert see(stage, job).waiting_for is None
        complete_task(stage.ports, grant.task_id, build_completion(grant))
        assert see(stage, job).waiting_for is None

    def test_a_running_attempt_shows_it_too_and_gives_no_estimate(self, stage, processor, job):
        processor.run_next(job.id)
        grant = processor.claim_next(job.id)

        def report(percent, waiting_for=None):
            proof = {"attempt": grant.attempt, "lease_token": grant.lease_token}
            report = ProgressReport(
                **proof, phase="encoding", percent=percent, speed=2, waiting_for=waiting_for
            )
            report_progress(stage.ports, grant.task_id, report)
            return see(stage, job)

        assert report(40).eta_seconds is not None
        waiting = report(41, "store")
        assert (waiting.waiting_for, waiting.eta_seconds, waiting.speed) == ("store", None, None)
        assert report(42).waiting_for is None

    def test_a_failure_cannot_wait(self, stage, processor, job):
        """Only the kinds that cost nothing may wait for ever."""
        for seconds in (6, 21, 0):
            stage.wait(seconds)
            hand_back(stage, processor.claim_next(job.id), kind="failure")
            stage.wait(21)
        assert see(stage, job).status == "failed"

    def test_a_job_that_ends_waits_for_nothing(self, stage, processor, job):
        hand_back(stage, processor.claim_next(job.id))
        assert cancel_job(stage.ports, job.id, user_id=USER).waiting_for is None
        assert see(stage, job).waiting_for is None


class TestRoom:
    def ask(self, stage, processor, job, *, room_bytes, name="small"):
        request = ClaimRequest(processor_id=name, dispatch=1, room_bytes=room_bytes)
        grant = claim_task(stage.ports, processor.find_open_task(job.id), request, lease_seconds=90).grant
        hand_back(stage, grant, kind="interruption", waiting_for=None)

    def test_a_source_that_does_not_fit_is_left_to_other_processors_and_costs_nothing(
        self, stage, processor, job
    ):
        for _ in range(40):
            with pytest.raises(Problem) as refused:
                self.ask(stage, processor, job, room_bytes=2 * SOURCE_BYTES - 1)
            assert (refused.value.status, refused.value.code) == (409, "no_room")
            assert refused.value.extra["retry_after_seconds"] > 0
        task = find_task(stage, processor, job)
        assert (task.attempt, task.failures, task.interruptions) == (0, 0, 0)
        assert len(stage.list_messages("task")) == 1, "its message is still there"
        self.ask(stage, processor, job, room_bytes=2 * SOURCE_BYTES, name="large")
        assert processor.run_job(job.id).job_status == "completed"

    def test_a_task_that_fits_nowhere_shows_it_until_a_processor_takes_it(self, stage, processor, job):
        with pytest.raises(Problem):
            self.ask(stage, processor, job, room_bytes=1)
        assert see(stage, job).waiting_for is None, "another may have room and takes it at once"
        stage.wait(11)
        with pytest.raises(Problem):
            self.ask(stage, processor, job, room_bytes=1)
        assert see(stage, job).waiting_for == "room"
        report_waiting(stage, "other")
        show_waiting(stage.ports)
        assert see(stage, job).waiting_for == "room"
        processor.claim_next(job.id)
        assert see(stage, job).waiting_for is None

    def test_assembling_needs_the_space_of_its_largest_rendition(self, stage, processor, job):
        processor.run_next(job.id)
        processor.run_next(job.id)
        largest = 800 + 5 * 1000
        with pytest.raises(Problem):
            self.ask(stage, processor, job, room_bytes=2 * largest - 1)
        self.ask(stage, processor, job, room_bytes=2 * largest)

    def test_a_processor_that_reports_no_room_is_not_checked(self, stage, processor, job):
        self.ask(stage, processor, job, room_bytes=None)

    def test_a_disk_that_fills_up_during_a_task_costs_no_attempt_and_waits(self, stage, processor, job):
        hand_back(stage, processor.claim_next(job.id), kind="no_room", waiting_for="room", error=FULL)
        task = find_task(stage, processor, job)
        assert (task.failures, task.crashes, task.status) == (0, 0, "pending")
        assert see(stage, job).waiting_for == "room"

    def test_a_job_that_fills_every_disk_fails_in_the_end(self, stage, processor, job):
        tries = 0
        while see(stage, job).status != "failed":
            hand_back(stage, processor.claim_next(job.id), kind="no_room", waiting_for="room", error=FULL)
            stage.wait(61)
            tries += 1
        assert tries == 20
        assert see(stage, job).error.code == "scratch_full"


class TestProcessorsThatTakeNoTasks:
    def test_their_common_reason_is_shown_on_unclaimed_jobs(self, stage, job):
        report_waiting(stage, "p-1", "store", reasons=["store_unavailable"])
        report_waiting(stage, "p-2", "store", reasons=["store_unavailable"])
        assert show_waiting(stage.ports) == 1
        assert (see(stage, job).status, see(stage, job).waiting_for) == ("pending", "store")
        assert stage.progress.events[-1][2]["waiting_for"] == "store"
        assert show_waiting(stage.ports) == 0, "announced once"
        report_waiting(stage, "p-2")
        assert show_waiting(stage.ports) == 1
        assert see(stage, job).waiting_for is None

    def test_one_that_takes_tasks_is_enough(self, stage, job):
        report_waiting(stage, "p-1", "store")
        report_waiting(stage, "p-2")
        assert show_waiting(stage.ports) == 0
        assert see(stage, job).waiting_for is None

    def test_one_that_was_not_seen_lately_does_not_count(self, stage, job):
        report_waiting(stage, "gone")
        stage.wait(SEEN_WITHIN_SECONDS + 1)
        report_waiting(stage, "p-1", "room")
        show_waiting(stage.ports)
        assert see(stage, job).waiting_for == "room"

    def test_different_reasons_are_shown_as_processor(self, stage, job):
        report_waiting(stage, "p-1", "room")
        report_waiting(stage, "p-2", "processor")
        show_waiting(stage.ports)
        assert see(stage, job).waiting_for == "processor"
        report_waiting(stage, "p-1", "store")
        report_waiting(stage, "p-2", "store")
        show_waiting(stage.ports)
        assert see(stage, job).waiting_for == "store"


class TestTheQueue:
    def test_jobs_show_that_it_is_down_and_continue_by_themselves(self, stage, relay, processor, job):
        relay.queue.failure = Problem(Code.queue_unavailable)
        for _ in range(100):
            send_tasks(relay)
            stage.wait(60)
        assert see(stage, job).waiting_for == "queue"
        report_waiting(stage, "p-1")
        show_waiting(stage.ports)
        assert see(stage, job).waiting_for == "queue"
        relay.queue.failure = None
        assert send_tasks(relay) == 1
        assert see(stage, job).waiting_for is None
        assert processor.run_job(job.id).job_status == "completed"


class TestMessagesWithoutAClaim:
    def test_they_fail_no_job_however_many_become_dead_letters(self, stage, relay, processor, job):
        for number in range(30):
            assert send_tasks(relay) == 1
            message = relay.queue.waiting.pop()
            relay.queue.dead.append(
                DeadMessage(id=f"m{number}", receipt_handle="r", body=message.model_dump_json())
            )
            assert drain_dead_letters(relay) == 1
            stage.wait(601)
        assert set(stage.list_dead_letters().values()) == {"redispatched"}
        assert see(stage, job).status == "pending"
        assert processor.run_job(job.id).job_status == "completed"

    def test_each_waits_longer_than_the_one_before_up_to_ten_minutes(self, stage, relay, processor, job):
        for number, seconds in enumerate([30, 60, 120, 240, 480, 600, 600]):
            send_tasks(relay)
            message = relay.queue.waiting.pop()
            relay.queue.dead.append(
                DeadMessage(id=f"m{number}", receipt_handle="r", body=message.model_dump_json())
            )
            shortest, longest = measure_pause(stage, processor, job, lambda: drain_dead_letters(relay))
            assert shortest <= seconds <= longest
            stage.wait(seconds + 1)
