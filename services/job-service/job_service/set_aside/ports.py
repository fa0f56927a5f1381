"""The table `set_aside`."""

from dataclasses import dataclass
from typing import Protocol

from job_service.set_aside.reason import RowKind


class SetAside(Protocol):
    """The table `set_aside`: rows that sweeps leave alone for a while, since they cannot deal with them."""

    def add(self, kind: RowKind, row_id: str, *, reason: str) -> None:
        """Leave the row alone, for longer each time."""

    def remove(self, kind: RowKind, row_id: str) -> None:
        """Forget it; nothing happens where it was not set aside."""


@dataclass(frozen=True, kw_only=True)
class SetAsideTransaction:
    aside: SetAside
