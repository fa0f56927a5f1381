"""What the relay sends and the sweeps repair, run on the memory stores and on PostgreSQL."""

import pytest

from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.ports import DeadMessage
from job_service.jobs.requests import create_job
from job_service.jobs.views import get_job
from job_service.relaying.notify_gallery import notify_gallery
from job_service.relaying.ports import RelayPorts
from job_service.relaying.send_tasks import HOLD_SECONDS, send_tasks
from job_service.sweeps.drain_dead_letters import drain_dead_letters
from job_service.sweeps.prune import prune_outbox
from job_service.sweeps.reap_leases import reap_leases
from job_service.sweeps.reconcile_tasks import reconcile_tasks
from job_service.testing.job_publishers import MemoryGalleryFeed, MemoryTaskQueue
from videoforge.problems import Code, Problem

USER = "user-1"
GRACE = 15


@pytest.fixture
def relay(stage):
    return RelayPorts(
        jobs=stage.ports,
        queue=MemoryTaskQueue(),
        gallery=MemoryGalleryFeed(),
    )


def request_job(stage, *, video_id=None, **values):
    video_id = video_id or stage.add_source(user_id=USER)
    wish = NewJob(video_id=video_id, output_formats=["720p"], **values)
    return create_job(stage.ports, wish, requester=JobRequester(user_id=USER))


def see(stage, job):
    return get_job(stage.ports, job.id, user_id=USER)


class TestSendingTasks:
    def test_each_message_is_sent_once_and_urgent_ones_first(self, stage, relay, processor):
        jobs = [request_job(stage, priority=priority) for priority in (0, 0, 5)]
        assert send_tasks(relay) == 3
        assert send_tasks(relay) == 0
        sent = [message.task_id for message in relay.queue.waiting]
        assert sent == [processor.find_open_task(jobs[index].id) for index in (2, 0, 1)]

    def test_a_relay_killed_between_send_and_mark_has_one_effect(self, stage, relay, monkeypatch, processor):
        request_job(stage)
        with stage.ports.database.begin() as tx:
            outbox = type(tx.outbox)
        monkeypatch.setattr(outbox, "mark_sent", lambda *_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            send_tasks(relay)
        monkeypatch.undo()
        assert send_tasks(relay) == 0
        stage.wait(HOLD_SECONDS + 1)
        assert send_tasks(relay) == 1
        assert len(relay.queue.waiting) == 1

    def test_a_queue_that_is_down_delays_messages_and_loses_none(self, stage, relay):
        request_job(stage)
        relay.queue.failure = Problem(Code.queue_unavailable)
        assert send_tasks(relay) == 0
        relay.queue.failure = None
        assert send_tasks(relay) == 0
        stage.wait(1)
        assert send_tasks(relay) == 1

    def test_a_task_that_waits_for_its_next_attempt_is_sent_when_it_is_due(self, stage, relay, processor):
        job = request_job(stage)
        send_tasks(relay)
        processor.claim_next(job.id)
        stage.wait(90 + GRACE + 1)
        assert reap_leases(stage.ports, grace_seconds=GRACE, lease_seconds=90) == 1
        assert send_tasks(relay) == 0
        stage.wait(3)
        assert send_tasks(relay) == 1


class TestNotifyingTheGallery:
    def test_a_jobs_messages_arrive_in_order(self, stage, relay, processor):
        job = request_job(stage)
        processor.run_job(job.id)
        while notify_gallery(relay):
            pass
        assert relay.gallery.received == [(job.video_id, "processing"), (job.video_id, "publish")]

    def test_a_gallery_that_is_down_gets_it_later_and_still_in_order(self, stage, relay, processor):
        job, other = request_job(stage), request_job(stage)
        processor.run_job(job.id)
        processor.claim_next(other.id)
        relay.gallery.failures[job.video_id] = [Problem(Code.gallery_unavailable)]
        assert notify_gallery(relay) == 1
        assert relay.gallery.received == [(other.video_id, "processing")]
        stage.wait(1)
        while notify_gallery(relay):
            pass
        assert relay.gallery.received[1:] == [(job.video_id, "processing"), (job.video_id, "publish")]

    def test_messages_about_a_deleted_video_are_not_retried_for_ever(self, stage, relay, processor):
        job = request_job(stage)
        processor.run_job(job.id)
        send_tasks(relay)
        relay.gallery.failures[job.video_id] = [Problem(Code.video_not_found)] * 2
        while notify_gallery(relay):
            pass
        assert relay.gallery.failures[job.video_id] == [], "each of the two messages was tried once"
        stage.wait(3600)
        assert notify_gallery(relay) == 0


class TestReapingLeases:
    def test_a_task_of_a_killed_processor_is_sent_again(self, stage, processor):
        job = request_job(stage)
        lost = processor.claim_next(job.id)
        stage.wait(90 + GRACE - 5)
        assert reap_leases(stage.ports, grace_seconds=GRACE, lease_seconds=90) == 0
        stage.wait(10)
        assert reap_leases(stage.ports, grace_seconds=GRACE, lease_seconds=90) == 1
        assert [message["dispatch"] for message in stage.list_messages("task")] == [1, 2]
        with pytest.raises(Problem, match="lease_lost"):
            processor.complete(lost)

    def test_a_completion_that_comes_first_is_kept(self, stage, processor):
        job = request_job(stage)
        grant = processor.claim_next(job.id)
        stage.wait(1000)
        processor.complete(grant)
        assert reap_leases(stage.ports, grace_seconds=GRACE, lease_seconds=90) == 0
        assert see(stage, job).phase == "encoding"

    def test_the_fifth_lost_processor_ends_the_job(self, stage, processor):
        job = request_job(stage)
        for _ in range(5):
            assert see(stage, job).status != "failed"
            stage.wait(60)
            processor.claim_next(job.id)
            stage.wait(90 + GRACE + 1)
            assert reap_leases(stage.ports, grace_seconds=GRACE, lease_seconds=90) == 1
        failed = see(stage, job)
        assert (failed.status, failed.error.code) == ("failed", "processor_lost")


class TestReconcilingTasks:
    def test_a_purged_queue_loses_nothing(self, stage, relay):
        request_job(stage), request_job(stage)
        send_tasks(relay)
        relay.queue.waiting.clear()
        assert reconcile_tasks(stage.ports, relay.queue, redispatch_seconds=60) == 0
        stage.wait(61)
        assert reconcile_tasks(stage.ports, relay.queue, redispatch_seconds=60) == 2
        assert send_tasks(relay) == 2
        assert [message.dispatch for message in relay.queue.waiting] == [2, 2]

    def test_as_many_are_sent_again_as_messages_are_missing(self, stage, relay):
        """Any message will do for any task."""
        for _ in range(3):
            request_job(stage)
        send_tasks(relay)
        stage.wait(5000)
        assert reconcile_tasks(stage.ports, relay.queue, redispatch_seconds=60) == 0
        del relay.queue.waiting[1:]
        assert reconcile_tasks(stage.ports, relay.queue, redispatch_seconds=60) == 2

    def test_a_hidden_message_is_there_and_that_of_a_running_task_is_used(self, stage, relay, processor):
        for _ in range(2):
            request_job(stage)
        send_tasks(relay)
        processor.claim(relay.queue.waiting.pop().task_id)
        stage.wait(61)
        relay.queue.waiting.clear()
        relay.queue.in_flight = 2
        assert reconcile_tasks(stage.ports, relay.queue, redispatch_seconds=60) == 0
        relay.queue.in_flight = 1
        assert reconcile_tasks(stage.ports, relay.queue, redispatch_seconds=60) == 1

    def test_a_task_with_an_unsent_message_gets_no_second_one(self, stage, relay):
        request_job(stage)
        stage.wait(1000)
        assert reconcile_tasks(stage.ports, relay.queue, redispatch_seconds=60) == 0

    def test_nothing_is_sent_again_while_the_queue_does_not_answer(self, stage, relay):
        request_job(stage)
        send_tasks(relay)
        stage.wait(100)
        relay.queue.failure = Problem(Code.queue_unavailable)
        assert reconcile_tasks(stage.ports, relay.queue, redispatch_seconds=60) == 0

    def test_a_running_task_is_left_alone(self, stage, relay, processor):
        processor.claim_next(request_job(stage).id)
        send_tasks(relay)
        stage.wait(1000)
        relay.queue.waiting.clear()
        assert reconcile_tasks(stage.ports, relay.queue, redispatch_seconds=60) == 0


class TestDeadLetters:
    def kill(self, relay, name="m1"):
        message = relay.queue.waiting.pop()
        relay.queue.dead.append(DeadMessage(id=name, receipt_handle="r", body=message.model_dump_json()))

    def test_a_dead_letter_is_kept_and_its_task_sent_again(self, stage, relay):
        request_job(stage)
        send_tasks(relay)
        self.kill(relay)
        assert drain_dead_letters(relay) == 1
        assert stage.list_dead_letters() == {"m1": "redispatched"}
        assert not relay.queue.dead
        stage.wait(31)
        assert send_tasks(relay) == 1

    def test_a_dead_letter_of_a_finished_task_is_only_kept(self, stage, relay, processor):
        job = request_job(stage)
        send_tasks(relay)
        processor.run_next(job.id)
        self.kill(relay)
        drain_dead_letters(relay)
        assert stage.list_dead_letters() == {"m1": "job_finished"}

    def test_an_unreadable_dead_letter_is_kept(self, stage, relay):
        relay.queue.dead.append(DeadMessage(id="m1", receipt_handle="r", body="hello"))
        assert drain_dead_letters(relay) == 1
        assert stage.list_dead_letters() == {"m1": "unreadable"}


def test_sent_messages_are_dropped_after_a_day(stage, relay):
    request_job(stage)
    send_tasks(relay)
    request_job(stage)
    assert prune_outbox(stage.ports) == 0
    stage.wait(86500)
    assert prune_outbox(stage.ports) == 1
