"""Sweep: drop messages that were sent a day ago; until then they tell the operator what went where."""

from typing import Final

from job_service.jobs.ports import JobPorts

_KEEP_SECONDS: Final = 86400


def prune_outbox(ports: JobPorts) -> int:
    with ports.database.begin() as tx:
        return tx.outbox.delete_sent(older_than_seconds=_KEEP_SECONDS)
