"""Handle dead letters immediately instead of at the relay's next sweep."""

from dataclasses import dataclass
from typing import Final

from job_service.admin.ports import AdminPorts
from job_service.sweeps.drain_dead_letters import drain_dead_letters
from videoforge.logs import get_logger

#: Ten messages each; the relay's sweep handles the rest.
_MAX_DRAINS: Final = 10

_log = get_logger("QUEUE")


@dataclass(frozen=True, kw_only=True)
class Redriven:
    """How many dead letters were handled."""

    dead_letters: int


def redrive_dead_letters(ports: AdminPorts) -> Redriven:
    """Send the tasks of dead letters again, until none is left or a hundred are done."""
    drained = 0
    for _ in range(_MAX_DRAINS):
        count = drain_dead_letters(ports.relay)
        drained += count
        if not count:
            break
    _log.info("dead letters redriven", dead_letters=drained)
    return Redriven(dead_letters=drained)
