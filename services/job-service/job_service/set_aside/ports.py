"""The table `set_aside`."""

from dataclasses import dataclass
from typing import Protocol

from job_service.set_aside.reason import RowKind


class SetAside(Protocol):
    """The table `set_aside`: rows that sweeps skip for a while, because they cannot process
    them."""

    def add(self, kind: RowKind, row_id: str, *, reason: str) -> None:
        """Skip the row, for longer each time."""

    def remove(self, kind: RowKind, row_id: str) -> None:
        """Stop skipping the row; nothing happens if it was not set aside."""


@dataclass(frozen=True, kw_only=True)
class SetAsideTransaction:
    aside: SetAside
