"""A task: one step of a job that one processor does, its lease, and when it is tried again.

    pending ──claim──▶ running ──complete──▶ done
       ▲                  │ lost: failure, bad input, crash, interruption
       └──── retry ───────┴── limit reached ──▶ failed        (cancel from any state that is not final)

A Task is the row of table `tasks` as a value. `attempt` counts claims and with `lease_token` fences every
write; `dispatch` counts sendings to the queue, so that each has a deduplication id of its own. Times are
the database's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from videoforge.messages import TaskError, TaskKind, TaskResult

TaskStatus = Literal["pending", "running", "done", "failed", "cancelled"]
STATUSES: Final[tuple[TaskStatus, ...]] = ("pending", "running", "done", "failed", "cancelled")
FINAL_STATUSES: Final = frozenset({"done", "failed", "cancelled"})

#: How an attempt can end without a result; a crash is a lease that ran out.
Loss = Literal["failure", "bad_input", "crash", "interruption"]

#: The n-th loss of a kind ends the task. Bad input fails the same way each time; a file that kills five
#: processors kills the sixth; an interruption (drain, spot) says nothing about the task, and 20 is a fuse.
MAX_LOSSES: Final[Mapping[Loss, int]] = {"failure": 3, "bad_input": 1, "crash": 5, "interruption": 20}

#: Seconds before the next try: first, and its growth. A failure may be a dependency that needs minutes; a
#: crash leaves time for the machine to recover; an interrupted task can go on elsewhere at once.
_BACKOFF_SECONDS: Final[Mapping[Loss, tuple[float, float]]] = {
    "failure": (5.0, 4.0),
    "bad_input": (0.0, 1.0),
    "crash": (2.0, 2.0),
    "interruption": (0.0, 1.0),
}
_MAX_BACKOFF_SECONDS: Final = 120.0


@dataclass(frozen=True, kw_only=True)
class Task:
    id: str
    job_id: str
    kind: TaskKind
    created_at: datetime
    dispatched_at: datetime
    not_before_at: datetime
    job_attempt: int = 1
    chunk_index: int = 0
    status: TaskStatus = "pending"
    priority: int = 0
    attempt: int = 0
    lease_token: str | None = None
    leased_until: datetime | None = None
    processor_id: str | None = None
    dispatch: int = 1
    failures: int = 0
    crashes: int = 0
    interruptions: int = 0
    progress_percent: float = 0
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def is_final(self) -> bool:
        return self.status in FINAL_STATUSES

    def is_leased_by(self, *, attempt: int, lease_token: str) -> bool:
        """Say whether this holder may still write. A lease past its time counts while nobody took it."""
        return self.status == "running" and self._is_held_by(attempt=attempt, lease_token=lease_token)

    def was_completed_by(self, *, attempt: int, lease_token: str) -> bool:
        """Say whether this very holder completed it: its answer was lost, and it asks again."""
        return self.status == "done" and self._is_held_by(attempt=attempt, lease_token=lease_token)

    def complete(self, result: TaskResult, *, now: datetime) -> "Task":
        """The token stays, so that the same completion sent twice is known."""
        return replace(
            self,
            status="done",
            result=result.model_dump(mode="json"),
            progress_percent=100.0,
            leased_until=None,
            finished_at=now,
        )

    def lose(self, loss: Loss, *, error: TaskError, now: datetime) -> "Task":
        """End the attempt without a result: pending again with a new dispatch, or failed for good."""
        counted = replace(
            self,
            failures=self.failures + (loss in {"failure", "bad_input"}),
            crashes=self.crashes + (loss == "crash"),
            interruptions=self.interruptions + (loss == "interruption"),
            error=error.model_dump(),
            lease_token=None,
            leased_until=None,
            processor_id=None,
        )
        losses = counted.count_losses(loss)
        if losses >= MAX_LOSSES[loss]:
            return replace(counted, status="failed", finished_at=now)
        delay = timedelta(seconds=choose_backoff_seconds(loss, losses=losses))
        return replace(counted, status="pending").send_again(at=now + delay)

    def send_again(self, *, at: datetime) -> "Task":
        """Give the task its next dispatch number: the queue drops a number that it has seen."""
        return replace(self, dispatch=self.dispatch + 1, dispatched_at=at, not_before_at=at)

    def count_losses(self, loss: Loss) -> int:
        if loss == "crash":
            return self.crashes
        return self.interruptions if loss == "interruption" else self.failures

    def _is_held_by(self, *, attempt: int, lease_token: str) -> bool:
        return self.attempt == attempt and self.lease_token == lease_token


def choose_backoff_seconds(loss: Loss, *, losses: int) -> float:
    """Return the wait before the next try after this many losses of the kind, from 1."""
    first, growth = _BACKOFF_SECONDS[loss]
    return min(_MAX_BACKOFF_SECONDS, first * growth ** (losses - 1))
