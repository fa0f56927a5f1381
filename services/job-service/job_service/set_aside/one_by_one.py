"""Each row is swept on its own: one that cannot be processed is set aside and does not block the
others."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from job_service.platform.ports import Database
from job_service.set_aside.ports import SetAsideTransaction
from job_service.set_aside.reason import RowKind
from videoforge.logs import get_logger
from videoforge.problems import Problem

Item = TypeVar("Item")

_log = get_logger("JOB")


def sweep_each(
    database: Database[SetAsideTransaction],
    kind: RowKind,
    items: Iterable[Item],
    *,
    find_id: Callable[[Item], str],
    sweep: Callable[[Item], int],
) -> int:
    """Return how many were done. Raises Problem, because a dependency that is down is down for all
    rows."""
    done = 0
    for item in items:
        row_id = find_id(item)
        try:
            done += sweep(item)
        except Problem:
            raise
        except Exception as error:  # whatever is wrong with one row, the others must not wait for it
            set_aside(database, kind, row_id, error=error)
            continue
        with database.begin() as tx:
            tx.aside.remove(kind, row_id)
    return done


def set_aside(
    database: Database[SetAsideTransaction], kind: RowKind, row_id: str, *, error: Exception
) -> None:
    """Keep a row from being retried at once, and show it to the operator."""
    reason = f"{type(error).__name__}: {error}"[:500]
    with database.begin() as tx:
        tx.aside.add(kind, row_id, reason=reason)
    _log.error("row set aside", kind=kind, row_id=row_id, exc_info=error)
