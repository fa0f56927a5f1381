"""Jobs and tasks under random steps of users, processors, sweeps and failing transactions, on the
memory stores and on PostgreSQL.

After each step all rows are checked; the invariants are in `what_must_always_hold`. Steps pick
their objects by number, so that a failure can be reduced to the fewest steps: add Phase.shrink to
the settings, which takes minutes.
"""

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Barrier

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete

from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.ports import JobFilter
from job_service.jobs.requests import cancel_job, create_job, retry_job
from job_service.jobs.task import CONFIRM_SECONDS, MAX_LOSSES
from job_service.platform.tables import DeletionRow, JobRow, MediaAssetRow, OutboxRow, ProcessorRow, TaskRow
from job_service.relaying.announce_ends import announce_ends
from job_service.sweeps.reap_leases import reap_leases
from job_service.tasks.claim_task import claim_task
from job_service.tasks.complete_task import complete_task
from job_service.tasks.fail_task import fail_task
from job_service.tasks.lease import heartbeat_task
from job_service.tasks.reports import report_progress
from job_service.testing.job_publishers import MemoryJobMetrics, MemoryProgressStore
from job_service.testing.jobs import build_memory_stage
from job_service.testing.processor import build_completion, build_proof, build_result
from videoforge.messages import ClaimRequest, ProgressReport, TaskError, TaskFailure
from videoforge.problems import Problem

USER = "user-1"
LEASE_SECONDS, GRACE_SECONDS = 90, 15
ERROR = TaskError(code="store_unavailable", message="The store does not answer.", retryable=True)
PICK = st.integers(0, 11)
#: Longer than the first pauses, an unconfirmed claim, and a lease with its grace period.
WAITS = st.sampled_from([6, 21, 121])
LOSSES = st.sampled_from(["failure", "bad_input", "interruption", "outage", "no_room"])
STEPS = ("create", "cancel", "retry", "claim", "complete", "fail")
REFUSALS = {"task_finished", "task_leased", "nothing_due"}
DONE, REPEATED, BROKEN = "done", "repeated", "broken"


class Broken(Exception):
    """The database connection was lost before the commit."""


@dataclass(frozen=True)
class BreakingOutbox:
    """Adds messages and fails their transaction."""

    outbox: object

    def add(self, message):
        self.outbox.add(message)
        raise Broken

    def add_all(self, messages):
        self.outbox.add_all(messages)
        raise Broken


@dataclass(frozen=True)
class BreakingDatabase:
    database: object

    @contextmanager
    def begin(self):
        with self.database.begin() as tx:
            yield replace(tx, outbox=BreakingOutbox(tx.outbox))

    def read(self):
        return self.database.read()


class Jobs(RuleBasedStateMachine):
    """Three videos of one user. `grants` are all that were ever made, newest first, and `tasks`
    those of the current attempts, open ones first."""

    def __init__(self, stage):
        super().__init__()
        self.stage, self.ports = stage, stage.ports
        self.videos = [stage.add_source(user_id=USER) for _ in range(3)]
        self.made, self.grants, self.attempts_ended = set(), [], Counter()
        self.job_ends, self.highest, self.percents = {}, {}, {}
        self.look()

    @initialize()
    def begin(self):
        for seed in (0, 1):
            self.create(seed)

    @rule(seed=st.integers(0, 3))
    def create(self, seed):
        """The same seed finds the job that it created."""
        assert self.run(self.build("create", seed)) == DONE
        self.made.add(seed)

    @rule(pick=PICK, step=st.sampled_from(["cancel", "retry", "retry"]))
    def change_a_mind(self, pick, step):
        job = self.pick(self.jobs, pick)
        may = not job.is_final if step == "cancel" else job.status in {"failed", "cancelled"}
        assert (self.run(self.build(step, pick)) == DONE) == may

    @rule(pick=PICK, is_confirmed=st.booleans())
    def claim(self, pick, is_confirmed):
        """Some task is granted if one is free, whichever the message names."""
        may = self.may_grant(self.pick(self.tasks, pick))
        assert may in {None, self.run(self.build("claim", pick, is_confirmed=is_confirmed)) == DONE}

    @rule(pick=PICK, step=st.sampled_from(["heartbeat", "report"]))
    def keep(self, pick, step):
        self.write(pick, step)

    @rule(pick=PICK, loss=LOSSES)
    def fail(self, pick, loss):
        self.write(pick, "fail", loss=loss)

    @rule(pick=PICK, chunks=st.integers(1, 2))
    def complete(self, pick, chunks):
        self.write(pick, "complete", chunks=chunks)

    def write(self, pick, step, **values):
        """Only the newest grant of a task may write, until its attempt has ended."""
        if grant := self.pick(self.grants, pick):
            may = self.is_held(grant)
            assert (self.run(self.build(step, pick, **values)) == DONE) == may

    @rule(pick=PICK, chunks=st.integers(1, 2))
    def work_on(self, pick, chunks):
        """Do a whole task, so that some jobs get far."""
        if task := self.pick([task for task in self.tasks if self.may_claim(task)], pick):
            assert self.run(self.build_claim(task)) == DONE
            assert self.run(self.build_write("complete", self.grants[0], chunks=chunks)) == DONE

    @rule(pick=PICK)
    def lose_a_processor(self, pick):
        """A task is claimed, its processor is suspended, another claims it, and the first wakes
        up."""
        if task := self.pick([task for task in self.tasks if self.may_claim(task)], pick):
            for _ in range(2):
                assert self.run(self.build_claim(task)) in {DONE, *REFUSALS}
                self.wait(LEASE_SECONDS + 1)
            self.write(pick, "heartbeat")
            self.write(1, "fail")

    @rule(seconds=WAITS)
    def wait(self, seconds):
        self.stage.wait(seconds)
        self.look()

    @rule()
    def sweep(self):
        """The sweeps leave leased tasks alone."""
        held = {task.id for task in self.tasks if task.status == "running" and self.may_claim(task) is False}
        lost = {task.id for task in self.tasks if task.crashes + 1 >= MAX_LOSSES["crash"]}
        assert self.run(self.build("sweep", 0)) == DONE
        running = {task.id for task in self.tasks if task.status == "running"}
        assert held - lost <= running

    @rule(pick=PICK, step=st.sampled_from(STEPS))
    def break_the_database(self, pick, step):
        """If the transaction fails after its message was added, nothing is changed or sent."""
        if run := self.build(step, pick):
            before = self.snapshot()
            ports = replace(self.ports, database=BreakingDatabase(self.ports.database))
            if self.run(run, ports) == BROKEN:
                assert self.snapshot() == before
            elif step == "create":
                self.made.add(pick % 4)

    @precondition(
        lambda self: not hasattr(self.stage, "tables")
    )  # the memory stores run one transaction at a time
    @rule(
        pick=PICK, first=st.sampled_from(["claim", "complete"]), second=st.sampled_from([*STEPS[1:], "sweep"])
    )
    def race(self, pick, first, second):
        """Two at once: a task has one holder, and the invariants check that an attempt ends
        once."""
        runs = [self.build(first, pick), self.build(second, pick)]
        if all(runs):
            barrier = Barrier(2)

            def start(run):
                barrier.wait(timeout=10)
                return self.try_run(run, self.ports)

            with ThreadPoolExecutor(2) as pool:
                list(pool.map(start, runs))
            self.look()

    @invariant()
    def what_must_always_hold(self):
        self.check_that_a_try_of_a_job_ends_once_and_is_counted_once()
        self.check_that_what_is_completed_is_published_once()
        self.check_that_a_running_task_has_a_lease_and_no_other_has()
        self.check_that_no_job_is_stuck_and_a_finished_one_leaves_nothing_open()
        self.check_that_the_fence_never_goes_back()
        self.check_that_progress_never_falls()

    def check_that_a_try_of_a_job_ends_once_and_is_counted_once(self):
        assert len(self.jobs) == len(self.made)
        for job in self.jobs:
            for number in range(1, job.attempts):
                assert self.job_ends.get((job.id, number)) in {"failed", "cancelled"}
            ended = self.job_ends.get((job.id, job.attempts))
            assert ended == (job.status if job.is_final else None)
        announce_ends(self.ports)
        assert self.ports.metrics.ended == Counter(self.job_ends.values())

    def check_that_what_is_completed_is_published_once(self):
        published = [message["publication"]["job_id"] for message in self.stage.list_messages("publish")]
        assert sorted(published) == sorted(job.id for job in self.jobs if job.status == "completed")

    def check_that_a_running_task_has_a_lease_and_no_other_has(self):
        jobs = {job.id: job for job in self.jobs}
        for task in self.tasks:
            assert (task.status == "running") == (task.leased_until is not None)
            assert task.status != "running" or (task.lease_token and task.processor_id)
            assert task.status != "running" or jobs[task.job_id].status == "processing"

    def check_that_no_job_is_stuck_and_a_finished_one_leaves_nothing_open(self):
        messages = Counter(
            (message["task_id"], message["dispatch"]) for message in self.stage.list_messages("task")
        )
        assert not messages or max(messages.values()) == 1
        for job in self.jobs:
            open_tasks = [task for task in self.tasks if task.job_id == job.id and not task.is_final]
            assert bool(open_tasks) != job.is_final
            for task in open_tasks:
                assert task.status == "running" or (task.id, task.dispatch) in messages

    def check_that_the_fence_never_goes_back(self):
        places = Counter(
            (grant.job_id, grant.input.kind, self.chunk(grant), grant.attempt) for grant in self.grants
        )
        assert not places or max(places.values()) == 1, "two grants write under the same keys"
        for task in self.tasks:
            numbers = (task.attempt, task.dispatch, task.failures, task.crashes, task.interruptions)
            before = self.highest.setdefault(task.id, numbers)
            assert all(now >= then for now, then in zip(numbers, before, strict=True))
            self.highest[task.id] = numbers
        assert not self.attempts_ended or max(self.attempts_ended.values()) == 1

    def check_that_progress_never_falls(self):
        for job in self.jobs:
            before = self.percents.get((job.id, job.attempts), 0)
            assert job.progress_percent >= before
            assert (job.progress_percent == 100) == (job.status == "completed")
            self.percents[job.id, job.attempts] = job.progress_percent

    def teardown(self):
        """Whatever happened before, all jobs end once processors work normally again."""
        for _ in range(60):
            if all(job.is_final for job in self.jobs):
                break
            self.wait(200)
            self.sweep()
            for pick in range(len(self.jobs)):
                self.work_on(pick, 1)
        assert all(job.is_final for job in self.jobs)
        self.what_must_always_hold()

    def look(self):
        with self.ports.database.begin() as tx:
            found = JobFilter(user_id=USER)
            jobs = tx.jobs.list_page(found, after=None, limit=100)
            self.jobs = sorted(jobs, key=lambda job: job.id)
            lists = [tx.tasks.list_of_job(job.id, job_attempt=job.attempts) for job in self.jobs]
            self.now = tx.jobs.read_clock()
        self.tasks = sorted((task for tasks in lists for task in tasks), key=lambda task: task.is_final)
        for job in self.jobs:
            if job.is_final:
                self.job_ends.setdefault((job.id, job.attempts), job.status)

    def snapshot(self):
        self.look()
        jobs = [replace(job, updated_at=job.created_at) for job in self.jobs]
        kinds = ("task", "publish", "status")
        return (
            jobs,
            self.tasks,
            [self.stage.list_messages(kind) for kind in kinds],
            self.stage.list_deletions(),
        )

    def may_claim(self, task):
        """Return whether a claim must be granted; None if it is too close to call."""
        if task.is_final:
            return False
        free_at = task.not_before_at if task.status == "pending" else task.leased_until
        seconds = (self.now - free_at).total_seconds()
        if task.status == "running" and task.confirmed_at is None:
            seconds = (self.now - task.claimed_at).total_seconds() - CONFIRM_SECONDS
        elif task.status == "running" and task.crashes + 1 >= MAX_LOSSES["crash"]:
            return False  # the sweep ends it
        return None if -1 < seconds < 0 else seconds >= 0

    def may_grant(self, named):
        """Return whether a claim with a message that names this task must be granted. Of running
        tasks an expired lease is found without being named, an unconfirmed one is not."""
        found = [task for task in self.tasks if task.status == "pending" or task.confirmed_at]
        answers = {self.may_claim(task) for task in [named, *found]}
        return True if True in answers else (None if None in answers else False)

    def is_held(self, grant):
        task = next((task for task in self.tasks if task.id == grant.task_id), None)
        newest = next(other for other in self.grants if other.task_id == grant.task_id)
        is_open = task is not None and task.status == "running"
        return is_open and newest is grant and not self.attempts_ended[grant.task_id, grant.attempt]

    def run(self, run, ports=None):
        outcome = self.try_run(run, ports or self.ports)
        self.look()
        return outcome

    def try_run(self, run, ports):
        try:
            return run(ports)
        except Broken:
            return BROKEN
        except Problem as problem:
            assert problem.status in {404, 409}, problem
            return problem.code

    def pick(self, those, number):
        return those[number % len(those)] if those else None

    def chunk(self, grant):
        return grant.input.chunk.index if grant.input.kind == "encode" else 0

    def build(self, step, number, **values):
        """Return the step as a call of the ports, or None if it does not apply."""
        if step == "create":
            wish = NewJob(video_id=self.videos[number % 3], output_formats=["720p", "480p"])
            requester = JobRequester(user_id=USER, seed=f"seed-{number % 4}")
            return lambda ports: create_job(ports, wish, requester=requester) and DONE
        if step == "sweep":
            times = {"grace_seconds": GRACE_SECONDS, "lease_seconds": LEASE_SECONDS}
            return lambda ports: (reap_leases(ports, **times), DONE)[1]
        if step in {"cancel", "retry"}:
            act = {"cancel": cancel_job, "retry": retry_job}[step]
            job = self.pick(self.jobs, number)
            return job and (lambda ports: act(ports, job.id, user_id=USER) and DONE)
        if step == "claim":
            task = self.pick(self.tasks, number)
            return task and self.build_claim(task, **values)
        grant = self.pick(self.grants, number)
        return grant and self.build_write(step, grant, **values)

    def build_claim(self, task, *, is_confirmed=True):
        claim_id = None if is_confirmed else str(uuid.uuid4())
        request = ClaimRequest(processor_id="processor", dispatch=1, claim_id=claim_id)

        def run(ports):
            self.grants.insert(0, claim_task(ports, task.id, request, lease_seconds=LEASE_SECONDS).grant)
            return DONE

        return run

    def build_write(self, step, grant, *, loss="failure", chunks=1):
        proof, task_id = build_proof(grant), grant.task_id
        result = build_result(grant, chunks=chunks)
        report = ProgressReport(**proof.model_dump(), phase="encoding", percent=50)
        failure = TaskFailure(
            **proof.model_dump(), kind=loss, error=ERROR, waiting_for="store" if loss == "outage" else None
        )
        completion = build_completion(grant).model_copy(update={"result": result})

        def end(answer):
            self.attempts_ended[task_id, grant.attempt] += not answer.is_repeat
            return REPEATED if answer.is_repeat else DONE

        return {
            "heartbeat": lambda ports: (
                heartbeat_task(ports, task_id, proof, lease_seconds=LEASE_SECONDS) and DONE
            ),
            "report": lambda ports: report_progress(ports, task_id, report) and DONE,
            "complete": lambda ports: end(complete_task(ports, task_id, completion)),
            "fail": lambda ports: end(fail_task(ports, task_id, failure)),
        }[step]


@pytest.mark.parametrize(
    ("build", "examples"),
    [
        pytest.param("memory", 40, id="memory"),
        pytest.param("postgres", 12, id="postgres", marks=pytest.mark.integration),
    ],
)
def test_whatever_happens_jobs_end_once_and_nothing_is_lost(request, build, examples):
    stage = build_memory_stage() if build == "memory" else request.getfixturevalue("stage")

    def start():
        if build == "memory":
            return Jobs(build_memory_stage())
        with stage.database.begin() as connection:
            for row in (OutboxRow, TaskRow, JobRow, MediaAssetRow, DeletionRow, ProcessorRow):
                connection.execute(delete(row))
        ports = replace(stage.ports, progress=MemoryProgressStore(), metrics=MemoryJobMetrics())
        return Jobs(replace(stage, ports=ports))

    run_state_machine_as_test(
        start,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
