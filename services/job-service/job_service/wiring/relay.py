"""Wires the relay: where messages are sent, and the sweeps with their dependencies."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from job_service.admin.read_operations import QueueState, read_queue
from job_service.relaying.ports import RelayPorts, SweepLock
from job_service.relaying.sweep_lock import PostgresSweepLock
from job_service.sweeps.drain_dead_letters import drain_dead_letters
from job_service.sweeps.expire_uploads import expire_uploads
from job_service.sweeps.prune import expire_sessions, prune_outbox, prune_records
from job_service.sweeps.reap_leases import reap_leases
from job_service.sweeps.reconcile_tasks import has_open_tasks, reconcile_tasks
from job_service.sweeps.reseal_factors import reseal_factors
from job_service.sweeps.run_deletions import run_deletions
from job_service.sweeps.show_waiting import show_waiting
from job_service.web.services import Services

#: A sweep does a bounded amount of work and returns how many rows it fixed.
Sweep = Callable[[], int]


@dataclass(frozen=True)
class Relay:
    """`sweeps` query the database and the queue, in the order in which they run: what blocks jobs
    comes first. `dead_letter_sweeps` run when the queue reports dead letters. `slow_sweeps` wait
    for the store, for minutes if films are large. `hourly_sweeps` scan whole tables, and nothing
    waits for them."""

    ports: RelayPorts
    lock: SweepLock
    sweeps: Mapping[str, Sweep]
    dead_letter_sweeps: Mapping[str, Sweep]
    slow_sweeps: Mapping[str, Sweep]
    hourly_sweeps: Mapping[str, Sweep]
    read_queue: Callable[[], QueueState]
    has_open_tasks: Callable[[], bool]


def build_relay(services: Services) -> Relay:
    settings, jobs = services.platform.settings, services.jobs
    return Relay(
        ports=services.relay,
        lock=PostgresSweepLock(services.platform.database),
        sweeps={
            "reap_leases": lambda: reap_leases(
                jobs, grace_seconds=settings.reap_grace_seconds, lease_seconds=settings.lease_seconds
            ),
            "reconcile_tasks": lambda: reconcile_tasks(
                jobs, services.queue, redispatch_seconds=settings.redispatch_seconds
            ),
            "show_waiting": lambda: show_waiting(jobs),
        },
        dead_letter_sweeps={"drain_dead_letters": lambda: drain_dead_letters(services.relay)},
        slow_sweeps={
            "expire_uploads": lambda: expire_uploads(services.uploads),
            "run_deletions": lambda: run_deletions(services.videos),
        },
        hourly_sweeps={
            "expire_sessions": lambda: expire_sessions(services.database),
            "reseal_factors": lambda: reseal_factors(services.auth),
            "prune_outbox": lambda: prune_outbox(jobs),
            "prune_records": lambda: prune_records(services.database),
        },
        read_queue=lambda: read_queue(services.admin),
        has_open_tasks=lambda: has_open_tasks(jobs),
    )
