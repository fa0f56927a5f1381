"""A grant whose answer is lost: the same processor gets it again, and no other waits 90 s for it.

Run on the memory stores and on PostgreSQL.
"""

import uuid

import pytest

from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.requests import cancel_job, create_job
from job_service.sweeps.reap_leases import reap_leases
from job_service.sweeps.reconcile_tasks import has_open_tasks
from job_service.tasks.claim_task import claim_task
from job_service.tasks.complete_task import complete_task
from job_service.tasks.fail_task import fail_task
from job_service.tasks.lease import heartbeat_task
from job_service.testing.processor import FakeProcessor, build_completion, build_proof
from videoforge.messages import ClaimRequest, TaskError, TaskFailure
from videoforge.problems import Problem

#: The sweep's grace period, and a time after which an unconfirmed claim has lapsed.
GRACE_SECONDS = 15
UNCONFIRMED_SECONDS = 16


@pytest.fixture
def task_id(stage):
    wish = NewJob(video_id=stage.add_source(user_id="user-1"), output_formats=["720p"])
    job = create_job(stage.ports, wish, requester=JobRequester(user_id="user-1"))
    return FakeProcessor(stage.ports).find_open_task(job.id)


def claim(stage, task_id, claim_id):
    request = ClaimRequest(processor_id="p", dispatch=1, claim_id=claim_id)
    return claim_task(stage.ports, task_id, request, lease_seconds=90).grant


def find(stage, task_id):
    with stage.ports.database.begin() as tx:
        return tx.tasks.find(task_id)


def confirm(stage, grant):
    heartbeat_task(stage.ports, grant.task_id, build_proof(grant), lease_seconds=90)


def new_id():
    return uuid.uuid4().hex


def test_the_same_processor_gets_the_same_grant_again(stage, task_id):
    mine = new_id()
    first = claim(stage, task_id, mine)
    stage.wait(10)
    again = claim(stage, task_id, mine)
    assert (again.attempt, again.lease_token) == (first.attempt, first.lease_token)
    assert again.leased_until > first.leased_until, "the asker's clock for the lease begins with the last try"
    complete_task(stage.ports, task_id, build_completion(again))
    assert find(stage, task_id).crashes == 0


def test_another_processor_is_refused_while_the_first_may_still_confirm(stage, task_id):
    claim(stage, task_id, new_id())
    stage.wait(5)
    with pytest.raises(Problem, match="409 task_leased") as refused:
        claim(stage, task_id, new_id())
    assert 8 < refused.value.extra["retry_after_seconds"] < 11


def test_an_unconfirmed_grant_is_taken_back_and_counts_nothing(stage, task_id):
    lost = claim(stage, task_id, new_id())
    stage.wait(UNCONFIRMED_SECONDS)
    assert reap_leases(stage.ports, grace_seconds=GRACE_SECONDS, lease_seconds=90) == 1
    task = find(stage, task_id)
    assert (task.status, task.crashes, task.failures, task.interruptions) == ("pending", 0, 0, 0)
    assert stage.list_messages("task")[-1] == {"task_id": task_id, "dispatch": 2, "priority": 0}
    with pytest.raises(Problem, match="409 lease_lost"):
        confirm(stage, lost)
    grant = claim(stage, task_id, new_id())
    assert grant.attempt == lost.attempt + 1, "whatever the lost one may still write lands elsewhere"
    assert reap_leases(stage.ports, grace_seconds=GRACE_SECONDS, lease_seconds=90) == 0


def test_the_next_receiver_does_not_wait_for_the_sweep(stage, task_id):
    claim(stage, task_id, new_id())
    stage.wait(UNCONFIRMED_SECONDS)
    grant = claim(stage, task_id, new_id())
    assert (grant.attempt, find(stage, task_id).crashes) == (2, 0)


def test_grants_may_be_lost_more_often_than_processors_may_crash(stage, task_id):
    for _ in range(8):
        claim(stage, task_id, new_id())
        stage.wait(UNCONFIRMED_SECONDS)
        reap_leases(stage.ports, grace_seconds=GRACE_SECONDS, lease_seconds=90)
    assert (find(stage, task_id).status, find(stage, task_id).crashes) == ("pending", 0)


def test_a_confirmed_grant_is_a_crash_when_its_lease_expires(stage, task_id):
    confirm(stage, claim(stage, task_id, new_id()))
    stage.wait(UNCONFIRMED_SECONDS)
    assert reap_leases(stage.ports, grace_seconds=GRACE_SECONDS, lease_seconds=90) == 0
    stage.wait(90)
    assert reap_leases(stage.ports, grace_seconds=GRACE_SECONDS, lease_seconds=90) == 1
    assert find(stage, task_id).crashes == 1


def test_a_claim_without_an_id_counts_as_confirmed(stage, task_id):
    claim(stage, task_id, None)
    stage.wait(UNCONFIRMED_SECONDS)
    assert reap_leases(stage.ports, grace_seconds=GRACE_SECONDS, lease_seconds=90) == 0


@pytest.mark.parametrize(("kind", "will_retry"), [("failure", True), ("bad_input", False)])
def test_a_failure_reported_twice_gets_the_same_answer_and_counts_once(stage, task_id, kind, will_retry):
    grant = claim(stage, task_id, new_id())
    error = TaskError(code="store_unavailable", message="Away.", retryable=True)
    failure = TaskFailure(attempt=grant.attempt, lease_token=grant.lease_token, kind=kind, error=error)
    first = fail_task(stage.ports, task_id, failure)
    again = fail_task(stage.ports, task_id, failure)
    assert (first.will_retry, first.is_repeat) == (will_retry, False)
    assert (again.will_retry, again.is_repeat) == (will_retry, True)
    assert find(stage, task_id).failures == 1
    assert len(stage.list_messages("task")) == 1 + will_retry


def test_sweeps_have_work_while_a_task_is_pending_or_running(stage, task_id):
    assert has_open_tasks(stage.ports)
    grant = claim(stage, task_id, new_id())
    assert has_open_tasks(stage.ports)
    cancel_job(stage.ports, grant.job_id, user_id="user-1")
    assert not has_open_tasks(stage.ports)
