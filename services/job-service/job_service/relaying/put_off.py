"""Outbox messages that could not be sent are postponed: retried later, spread out in time."""

import random
from collections.abc import Sequence

from job_service.outbox.message import MAX_DELAY_SECONDS, OutboxEntry, choose_resend_delay
from job_service.relaying.ports import RelayPorts
from videoforge.logs import get_logger

_log = get_logger("QUEUE")


def put_off(
    ports: RelayPorts,
    entries: Sequence[OutboxEntry],
    *,
    reason: str,
    max_seconds: float = MAX_DELAY_SECONDS,
) -> None:
    """Retry these later, spread out in time."""
    with ports.jobs.database.begin() as tx:
        for entry in entries:
            chance = random.random()  # noqa: S311 - spreads retries, not a secret
            delay = choose_resend_delay(entry.tries, chance=chance, max_seconds=max_seconds)
            tx.outbox.put_off(entry.id, delay_seconds=delay, reason=reason)
    _log.warning("messages postponed", count=len(entries), reason=reason)
