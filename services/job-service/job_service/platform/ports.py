"""The one transaction of a use case.

A use case opens it and hands it to the stores it calls; what it holds is theirs alone.
"""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:  # only the adapters know what it is
    from sqlalchemy import Connection

Transaction: TypeAlias = "Connection"


class Database(Protocol):
    def begin(self) -> AbstractContextManager["Transaction"]:
        """Commit when the block ends, roll back when it raises. Raises Problem 503 `database_unavailable`."""
