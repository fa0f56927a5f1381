"""The transaction of a step, as a unit of work.

    with ports.database.begin() as tx:
        job = tx.jobs.find(job_id, for_update=True)

`tx` holds the stores; what they read and write is committed when the block ends. Each noun declares
in its `ports.py` which stores its transaction has; the PostgreSQL one has all of them
(wiring/unit_of_work.py).
"""

from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Database(Protocol[T_co]):
    def begin(self) -> AbstractContextManager[T_co]:
        """Commit when the block ends, roll back when it raises. Raises DatabaseUnavailable."""

    def read(self) -> AbstractContextManager[T_co]:
        """Only for reading: each statement is a transaction of its own, which saves the round trips
        of BEGIN and COMMIT. Raises DatabaseUnavailable."""
