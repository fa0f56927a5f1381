"""Sweep: show on pending jobs what keeps every processor from working.

Processors that cannot reach the store, or have no disk space, take no tasks, so no task learns of
it directly. While every recently seen processor reports such a reason, the tasks that are due show
it; they stop when a processor takes tasks again. A task that was refused because of its own size
shows `room` until it is claimed.
"""

from typing import Final

from job_service.jobs.announce_job import announce_job
from job_service.jobs.ports import JobPorts
from videoforge.messages import WaitingFor

_BATCH: Final = 200
#: Three reports of an idle processor, or two heartbeats of a busy one.
SEEN_WITHIN_SECONDS: Final = 60.0


def show_waiting(ports: JobPorts) -> int:
    """Return how many jobs changed what they show."""
    with ports.database.begin() as tx:
        states = tx.processors.list_waiting(seen_within_seconds=SEEN_WITHIN_SECONDS)
        reason = choose_reason(states)
        changed = tx.tasks.show_waiting(reason, instead_of=list_replaced(reason), limit=_BATCH)
    for job_id in changed:
        announce_job(ports, job_id)
    return len(changed)


def choose_reason(states: list[WaitingFor | None]) -> WaitingFor | None:
    """Return what all processors wait for; None if one takes tasks or none was seen; `processor` if
    their reasons differ."""
    if not states or None in states:
        return None
    reasons = set(states)
    return states[0] if len(reasons) == 1 else "processor"


def list_replaced(reason: WaitingFor | None) -> list[WaitingFor | None]:
    """Return the values that this one may replace. `queue` is set by the relay, and `room` ends
    with a claim."""
    kinds: list[WaitingFor] = ["store", "processor"]
    if reason is None:
        return list(kinds)
    return [None, *(kind for kind in kinds if kind != reason)]
