"""Measure the order of work: `python -m bench.dispatch_order`.

The claim's real code on a PostgreSQL of its own, and simulated processors of one slot each. Nothing
is encoded and nobody waits: when no slot is free, the database's rows are moved back to the moment
at which the next task ends, so the figures do not depend on the machine. Each case runs in the
order of the claim and first come, first served, the order in which tasks were sent to the queue:

- 24 equal clips of one user, sent at once, on one processor;
- the same with 21 clips of one user and, after them, one each of three others;
- one clip that arrives while chunks of a film fill both processors; also with light slots, for
  which a processor reports every two seconds. That the clip and the chunk share a CPU then is not
  in the figure; tests/e2e/test_light_work.py does the same with ffmpeg.

Exits 1 if the first of the equal clips takes more than 2/24 of the time of all, or if the clip
beside the film waits for more than 10 s with light slots.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Final

from alembic import command
from sqlalchemy import select

from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.requests import create_job
from job_service.platform.tables import TaskRow
from job_service.processes.migrate import build_config
from job_service.tasks.claim_task import claim_light_task, claim_task, hand_over, lease_task
from job_service.tasks.complete_task import complete_task
from job_service.tasks.lease import heartbeat_task
from job_service.testing.postgres_jobs import PostgresStage, build_postgres_stage
from job_service.testing.processor import build_completion, build_proof, build_result
from tests.servers.databases import PostgresServer, run_postgres
from videoforge.logs import configure_logs
from videoforge.messages import ClaimGrant, ClaimRequest
from videoforge.problems import Problem

CLIPS: Final = 24
MAX_WAIT_SECONDS: Final = 10.0
_LEASE_SECONDS: Final = 90
#: What a clip of 10 s takes on a small machine, and a chunk of 24 s.
_STEP_SECONDS: Final = {"prepare": 1.0, "encode": 8.0, "audio": 5.0, "assemble": 1.0}
_CLIP_SECONDS: Final = 10.0
_CHUNK_SECONDS: Final = 30.0
_FILM_CHUNKS: Final = 30
_REPORT_SECONDS: Final = 2.0
#: The simulation ends here at the latest.
_MAX_EVENTS: Final = 2000

Claim = Callable[[PostgresStage], ClaimGrant | None]


def claim_in_turn(stage: PostgresStage) -> ClaimGrant | None:
    request = ClaimRequest(processor_id="bench", dispatch=1)
    with suppress(Problem):
        return claim_task(stage.ports, "any message", request, lease_seconds=_LEASE_SECONDS).grant
    return None


def claim_light(stage: PostgresStage) -> ClaimGrant | None:
    request = ClaimRequest(processor_id="bench")
    with suppress(Problem):
        return claim_light_task(stage.ports, request, lease_seconds=_LEASE_SECONDS).grant
    return None


def claim_oldest(stage: PostgresStage) -> ClaimGrant | None:
    """First come, first served: lease the task that was sent first."""
    oldest = select(TaskRow.id).where(TaskRow.status == "pending").order_by(TaskRow.dispatched_at).limit(1)
    with stage.database.begin() as connection:
        task_id = connection.execute(oldest).scalar_one_or_none()
    if task_id is None:
        return None
    request = ClaimRequest(processor_id="bench", dispatch=1)
    with stage.ports.database.begin() as tx:
        leased = lease_task(tx, task_id, request=request, lease_seconds=_LEASE_SECONDS)
        return hand_over(tx, leased, lease_seconds=_LEASE_SECONDS).grant if leased else None


@dataclass
class Slot:
    """What it works on, and when that ends. A light slot claims only after `is_woken`."""

    claim: Claim
    is_light: bool = False
    is_woken: bool = True
    grant: ClaimGrant | None = None
    ends_at: float = 0.0


@dataclass
class Simulation:
    """Slots on a clock of seconds from 0. `ended` has when each job was completed."""

    stage: PostgresStage
    slots: Sequence[Slot]
    now: float = 0.0
    ended: dict[str, float] = field(default_factory=dict)

    def run(self, *, until: Callable[[], bool]) -> None:
        """Raises RuntimeError if that does not come true."""
        for _ in range(_MAX_EVENTS):
            self._fill()
            if until():
                return
            self._advance()
        raise RuntimeError("the simulation does not end")

    def has_ended(self, job_ids: Sequence[str]) -> bool:
        return all(job_id in self.ended for job_id in job_ids)

    def _fill(self) -> None:
        for slot in self.slots:
            if slot.grant is None and slot.is_woken:
                slot.grant = slot.claim(self.stage)
                slot.is_woken = not slot.is_light or slot.grant is not None
                slot.ends_at = self.now + (count_seconds(slot.grant) if slot.grant else 0)

    def _advance(self) -> None:
        """Go on to the end of the next task, or to the next report, which also renews leases."""
        busy = [slot for slot in self.slots if slot.grant]
        seconds = min(_REPORT_SECONDS, *(slot.ends_at - self.now for slot in busy))
        self.stage.wait(seconds)
        self.now += seconds
        for slot in busy:
            if slot.ends_at <= self.now:
                self._complete(slot)
            elif self._hears_of_light_work(slot):
                self._wake_one()

    def _complete(self, slot: Slot) -> None:
        assert slot.grant
        grant, slot.grant = slot.grant, None
        result = build_result(grant, chunks=1 if grant.is_light else _FILM_CHUNKS)
        completion = build_completion(grant).model_copy(update={"result": result})
        if complete_task(self.stage.ports, grant.task_id, completion).job_status == "completed":
            self.ended[grant.job_id] = self.now

    def _hears_of_light_work(self, slot: Slot) -> bool:
        assert slot.grant
        proof = build_proof(slot.grant)
        seconds = _LEASE_SECONDS
        answer = heartbeat_task(self.stage.ports, slot.grant.task_id, proof, lease_seconds=seconds)
        return answer.light_work_waits

    def _wake_one(self) -> None:
        for slot in self.slots:
            slot.is_woken = slot.is_woken or slot.is_light


def count_seconds(grant: ClaimGrant) -> float:
    is_chunk = grant.input.kind == "encode" and len(grant.input.plan.chunks) > 1
    return _CHUNK_SECONDS if is_chunk else _STEP_SECONDS[grant.input.kind]


def add_job(stage: PostgresStage, user_id: str, *, seconds: float) -> str:
    wish = NewJob(video_id=stage.add_source(user_id=user_id, seconds=seconds), output_formats=["720p"])
    return create_job(stage.ports, wish, requester=JobRequester(user_id=user_id)).id


def time_clips(stage: PostgresStage, claim: Claim, *, users: Sequence[str]) -> list[float]:
    """Send a clip of each of these users at once, and return the seconds until each was done."""
    jobs = [add_job(stage, user, seconds=_CLIP_SECONDS) for user in users]
    simulation = Simulation(stage, [Slot(claim)])
    simulation.run(until=partial(simulation.has_ended, jobs))
    return [simulation.ended[job_id] for job_id in jobs]


def time_clip_beside_film(stage: PostgresStage, claim: Claim, *, has_light_slots: bool) -> float:
    """Return the seconds from the clip's job to its end. It is sent when both slots have begun a
    chunk."""
    add_job(stage, "film", seconds=7200)
    slots = [Slot(claim), Slot(claim)]
    light = [Slot(claim_light, is_light=True, is_woken=False) for _ in slots] if has_light_slots else []
    simulation = Simulation(stage, [*slots, *light])
    simulation.run(until=lambda: all(slot.grant and count_seconds(slot.grant) > 20 for slot in slots))
    began, clip = simulation.now, add_job(stage, "clip", seconds=_CLIP_SECONDS)
    simulation.run(until=partial(simulation.has_ended, [clip]))
    return simulation.ended[clip] - began


def compare_clips(name: str, run: Callable[[Claim], list[float]], *, last: int) -> float:
    """Print both orders, with the mean of so many clips at the end of the list. Return the time of
    the first clip in our order, divided by that of all."""
    ours, theirs = run(claim_in_turn), run(claim_oldest)
    print(f"{name + ', s':<32} {'first':>7} {'mean':>7} {'all':>7} {f'mean of last {last}':>15}")
    for order, ends in (("order of the claim", ours), ("first come, first served", theirs)):
        print(f"  {order:<30} {min(ends):7.0f} {mean(ends):7.0f} {max(ends):7.0f} {mean(ends[-last:]):15.0f}")
    ratios = min(ours) / min(theirs), mean(ours) / mean(theirs), max(ours) / max(theirs)
    print(f"  {'ratio':<30}" + "".join(f" {ratio:7.2f}" for ratio in ratios), end="")
    print(f" {mean(ours[-last:]) / mean(theirs[-last:]):15.2f}", flush=True)
    return min(ours) / max(ours)


def compare_beside_film(run: Callable[[Claim, bool], float]) -> float:
    """Print how long a clip takes, and return how long it waits with light slots."""
    own_seconds = sum(_STEP_SECONDS[kind] for kind in ("prepare", "encode", "assemble"))
    print(f"a clip of {own_seconds:g} s beside {_FILM_CHUNKS} chunks of {_CHUNK_SECONDS:g} s on two slots")
    cases = (
        ("first come, first served", claim_oldest, False),
        ("order of the claim", claim_in_turn, False),
        ("the same with light slots", claim_in_turn, True),
    )
    for name, claim, has_light_slots in cases:
        seconds = run(claim, has_light_slots)
        print(f"  {name:<30} {seconds:7.0f} s, {seconds / own_seconds:5.1f} × its own time", flush=True)
    return seconds - own_seconds


def main() -> int:
    argparse.ArgumentParser(description="The order of work, without encoding.").parse_args()
    configure_logs("bench", level="ERROR")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, run_postgres(Path(folder)) as server:
        template = server.create_database()
        command.upgrade(build_config(server.build_url(template)), "head")

        @contextmanager
        def open_stage() -> Iterator[PostgresStage]:
            yield from _use_copy(server, template)

        def run_clips(users: Sequence[str], claim: Claim) -> list[float]:
            with open_stage() as stage:
                return time_clips(stage, claim, users=users)

        def run_beside(claim: Claim, has_light_slots: bool) -> float:
            with open_stage() as stage:
                return time_clip_beside_film(stage, claim, has_light_slots=has_light_slots)

        one, four = ["a"] * CLIPS, ["a"] * (CLIPS - 3) + ["b", "c", "d"]
        share = compare_clips(f"{CLIPS} clips of one user", partial(run_clips, one), last=3)
        compare_clips(f"{CLIPS - 3} of one user, 3 of others", partial(run_clips, four), last=3)
        waited = compare_beside_film(run_beside)
    return 0 if share <= 2 / CLIPS and waited <= MAX_WAIT_SECONDS else 1


def _use_copy(server: PostgresServer, template: str) -> Iterator[PostgresStage]:
    name = server.create_database(template=template)
    stage = build_postgres_stage(server.build_url(name))
    try:
        yield stage
    finally:
        stage.database.engine.dispose()
        server.drop_database(name)


if __name__ == "__main__":
    sys.exit(main())
