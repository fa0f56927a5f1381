"""The relay on the parts: where messages go, and the sweeps with what each needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from job_service.adapters.postgres_idempotency import PostgresIdempotencyKeys
from job_service.adapters.postgres_records import PostgresRecords
from job_service.adapters.postgres_sweep_lock import PostgresSweepLock
from job_service.ports.relay import RelayPorts, SweepLock
from job_service.use_cases.admin.read_operations import QueueState, read_queue
from job_service.use_cases.sweeps.drain_dead_letters import drain_dead_letters
from job_service.use_cases.sweeps.expire_sessions import ExpiringStore, expire_sessions
from job_service.use_cases.sweeps.expire_uploads import expire_uploads
from job_service.use_cases.sweeps.has_open_tasks import has_open_tasks
from job_service.use_cases.sweeps.prune_outbox import prune_outbox
from job_service.use_cases.sweeps.prune_records import prune_records
from job_service.use_cases.sweeps.reap_leases import reap_leases
from job_service.use_cases.sweeps.reconcile_tasks import reconcile_tasks
from job_service.use_cases.sweeps.reseal_factors import reseal_factors
from job_service.use_cases.sweeps.run_deletions import run_deletions
from job_service.use_cases.sweeps.show_waiting import show_waiting
from job_service.wiring.parts import Parts

#: A sweep does a bounded piece of work and returns how much it mended.
Sweep = Callable[[], int]


@dataclass(frozen=True)
class Relay:
    """`sweeps` ask the database and the queue, and stand in the order in which they run: what holds jobs up
    first. `dead_letter_sweeps` are done where the queue says that it has some. `slow_sweeps` wait for the
    store, for minutes where films are large. `hourly_sweeps` look through whole tables, and nothing waits for
    them."""

    ports: RelayPorts
    lock: SweepLock
    sweeps: Mapping[str, Sweep]
    dead_letter_sweeps: Mapping[str, Sweep]
    slow_sweeps: Mapping[str, Sweep]
    hourly_sweeps: Mapping[str, Sweep]
    read_queue: Callable[[], QueueState]
    has_open_tasks: Callable[[], bool]


def build_relay(parts: Parts) -> Relay:
    settings, jobs = parts.core.settings, parts.jobs
    expiring: dict[str, ExpiringStore] = {
        "sessions": parts.auth.sessions,
        "sign_ins": parts.auth.sign_ins,
        "idempotency_keys": PostgresIdempotencyKeys(),
    }
    return Relay(
        ports=parts.relay,
        lock=PostgresSweepLock(parts.core.database),
        sweeps={
            "reap_leases": lambda: reap_leases(
                jobs, grace_seconds=settings.reap_grace_seconds, lease_seconds=settings.lease_seconds
            ),
            "reconcile_tasks": lambda: reconcile_tasks(
                jobs, parts.queue, redispatch_seconds=settings.redispatch_seconds
            ),
            "show_waiting": lambda: show_waiting(jobs),
        },
        dead_letter_sweeps={"drain_dead_letters": lambda: drain_dead_letters(parts.relay)},
        slow_sweeps={
            "expire_uploads": lambda: expire_uploads(parts.storage, jobs.aside),
            "run_deletions": lambda: run_deletions(parts.videos),
        },
        hourly_sweeps={
            "expire_sessions": lambda: expire_sessions(parts.core.database, stores=expiring),
            "reseal_factors": lambda: reseal_factors(parts.auth),
            "prune_outbox": lambda: prune_outbox(jobs),
            "prune_records": lambda: prune_records(parts.core.database, PostgresRecords()),
        },
        read_queue=lambda: read_queue(parts.admin),
        has_open_tasks=lambda: has_open_tasks(jobs),
    )
