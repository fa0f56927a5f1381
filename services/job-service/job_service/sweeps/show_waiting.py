"""Sweep: show on waiting jobs what no processor can work without.

Processors that cannot reach the store, or have no room, take no tasks, so that no task learns of it by
itself. While all that were heard of lately say so, the tasks that are due show it; they stop when one takes
tasks again. A task that was refused for its own size shows `room` until it is claimed.
"""

from typing import Final

from job_service.jobs.announce_job import announce_job
from job_service.jobs.ports import JobPorts
from videoforge.messages import WaitingFor

_BATCH: Final = 200
#: Three reports of a processor without work, or two heartbeats of one with.
SEEN_WITHIN_SECONDS: Final = 60.0


def show_waiting(ports: JobPorts) -> int:
    """Return how many jobs show something else now."""
    with ports.database.begin() as tx:
        states = tx.processors.list_waiting(seen_within_seconds=SEEN_WITHIN_SECONDS)
        reason = choose_reason(states)
        changed = tx.tasks.show_waiting(reason, instead_of=list_replaced(reason), limit=_BATCH)
    for job_id in changed:
        announce_job(ports, job_id)
    return len(changed)


def choose_reason(states: list[WaitingFor | None]) -> WaitingFor | None:
    """Return what all processors wait for, None where one takes tasks or none was heard of; `processor` where
    they do not agree."""
    if not states or None in states:
        return None
    reasons = set(states)
    return states[0] if len(reasons) == 1 else "processor"


def list_replaced(reason: WaitingFor | None) -> list[WaitingFor | None]:
    """Return what may give way to this. `queue` is the relay's to show, and `room` ends with a claim."""
    kinds: list[WaitingFor] = ["store", "processor"]
    if reason is None:
        return list(kinds)
    return [None, *(kind for kind in kinds if kind != reason)]
