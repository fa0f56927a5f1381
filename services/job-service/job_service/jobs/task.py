"""A task: one step of a job, done by one processor; its lease, and when it is retried.

    pending ──claim──▶ running ──complete──▶ done
       ▲                  │ lost: failure, bad input, crash, interruption
       └──── retry ───────┴── limit reached ──▶ failed
    cancelled: from any state that is not final

A Task is a row of table `tasks` as a value. `attempt` counts claims and, with `lease_token`, fences
every write; `dispatch` counts how often the task was sent to the queue, so that each message has
its own deduplication id. Times are the database's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from videoforge.messages import TaskError, TaskKind, TaskResult, WaitingFor

TaskStatus = Literal["pending", "running", "done", "failed", "cancelled"]
STATUSES: Final[tuple[TaskStatus, ...]] = ("pending", "running", "done", "failed", "cancelled")
FINAL_STATUSES: Final = frozenset({"done", "failed", "cancelled"})

#: How an attempt can end without a result; a crash is a lease that expired.
Loss = Literal["failure", "bad_input", "crash", "interruption", "outage", "no_room"]

#: The n-th loss of a kind fails the task. Bad input fails the same way each time; a file that has
#: killed five processors would kill the sixth; an interruption (drain, spot) says nothing about the
#: task, and 20 is a safety limit. "No room" counts as an interruption: a processor checks its disk
#: before it claims, so a task that has filled 20 disks all the same would fill the next one too. An
#: outage has no limit, because it has nothing to do with the task.
MAX_LOSSES: Final[Mapping[Loss, int]] = {
    "failure": 3,
    "bad_input": 1,
    "crash": 5,
    "interruption": 20,
    "no_room": 20,
}

#: A claim without a heartbeat for this long never reached its processor: the answer was lost and
#: the processor gave up. The first heartbeat normally follows the grant at once.
CONFIRM_SECONDS: Final = 15.0

#: Seconds before the next attempt: the first wait and its growth factor. A failure may be a
#: dependency that needs minutes; after a crash the machine gets time to recover; an interrupted
#: task can continue elsewhere at once.
_BACKOFF_SECONDS: Final[Mapping[Loss, tuple[float, float]]] = {
    "failure": (5.0, 4.0),
    "bad_input": (0.0, 1.0),
    "crash": (2.0, 2.0),
    "interruption": (0.0, 1.0),
}
_MAX_BACKOFF_SECONDS: Final = 120.0
_MIN_PAUSE_SECONDS: Final = 5.0
_MAX_PAUSE_SECONDS: Final = 60.0
#: An attempt that ran well for this long does not belong to an earlier outage.
_SAME_OUTAGE: Final = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Task:
    """`needed_bytes` is the disk space that it needs, `is_light` whether it may be done beside other
    tasks (turns.py). `waiting_for` is set while a pending task waits for a dependency that is down,
    or for disk space; `waiting_since_at` is when the wait began."""

    id: str
    job_id: str
    user_id: str
    kind: TaskKind
    created_at: datetime
    dispatched_at: datetime
    not_before_at: datetime
    job_attempt: int = 1
    chunk_index: int = 0
    status: TaskStatus = "pending"
    priority: int = 0
    needed_bytes: int = 0
    is_light: bool = False
    attempt: int = 0
    lease_token: str | None = None
    leased_until: datetime | None = None
    processor_id: str | None = None
    claim_id: str | None = None
    claimed_at: datetime | None = None
    confirmed_at: datetime | None = None
    returned_token: str | None = None
    dispatch: int = 1
    failures: int = 0
    crashes: int = 0
    interruptions: int = 0
    waiting_for: WaitingFor | None = None
    waiting_since_at: datetime | None = None
    progress_percent: float = 0
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def is_final(self) -> bool:
        return self.status in FINAL_STATUSES

    def is_leased_by(self, *, attempt: int, lease_token: str) -> bool:
        """Return whether this holder may still write. An expired lease is valid until another
        processor takes the task."""
        return self.status == "running" and self._is_held_by(attempt=attempt, lease_token=lease_token)

    def was_completed_by(self, *, attempt: int, lease_token: str) -> bool:
        """Return whether this same holder completed it: the answer was lost and the holder asks
        again."""
        return self.status == "done" and self._is_held_by(attempt=attempt, lease_token=lease_token)

    def was_returned_by(self, *, lease_token: str) -> bool:
        """Return whether this same holder gave it back: the answer was lost and the holder asks
        again."""
        return self.returned_token == lease_token

    def is_unconfirmed_since(self, moment: datetime) -> bool:
        """Return whether it was granted before that time and its holder never sent a heartbeat."""
        is_open = self.status == "running" and self.confirmed_at is None
        return is_open and self.claimed_at is not None and self.claimed_at <= moment

    def complete(self, result: TaskResult, *, now: datetime) -> "Task":
        """The token is kept, so that a repeated completion is recognised."""
        return replace(
            self,
            status="done",
            result=result.model_dump(mode="json"),
            progress_percent=100.0,
            leased_until=None,
            waiting_for=None,
            waiting_since_at=None,
            finished_at=now,
        )

    def lose(
        self, loss: Loss, *, error: TaskError, now: datetime, waiting_for: WaitingFor | None = None
    ) -> "Task":
        """End the attempt without a result: pending again with a new dispatch, or failed for
        good."""
        counted = replace(
            self,
            failures=self.failures + (loss in {"failure", "bad_input"}),
            crashes=self.crashes + (loss == "crash"),
            interruptions=self.interruptions + (loss in {"interruption", "no_room"}),
            error=error.model_dump(),
            returned_token=self.returned_token if loss == "crash" else self.lease_token,
            lease_token=None,
            leased_until=None,
            processor_id=None,
        )
        losses = counted.count_losses(loss)
        if losses >= MAX_LOSSES.get(loss, losses + 1):
            return replace(counted, status="failed", finished_at=now, waiting_for=None, waiting_since_at=None)
        if waiting_for is not None:
            return counted._wait(waiting_for, now=now)
        delay = timedelta(seconds=choose_backoff_seconds(loss, losses=losses))
        over = replace(counted, status="pending", waiting_for=None, waiting_since_at=None)
        return over.send_again(at=now + delay)

    def _wait(self, waiting_for: WaitingFor, *, now: datetime) -> "Task":
        """Pause for a time that grows with the outage."""
        is_same = self.waiting_since_at is not None and now - self.not_before_at < _SAME_OUTAGE
        since = self.waiting_since_at if is_same and self.waiting_since_at else now
        pause = choose_pause_seconds(lasted_seconds=(now - since).total_seconds())
        waiting = replace(self, status="pending", waiting_for=waiting_for, waiting_since_at=since)
        return waiting.send_again(at=now + timedelta(seconds=pause))

    def take_back(self, *, now: datetime) -> "Task":
        """End an attempt without counting a loss: the processor never learned of its claim, or
        could not renew its lease. The next attempt still gets a new number."""
        free = replace(self, status="pending", lease_token=None, leased_until=None, processor_id=None)
        return free.send_again(at=now)

    def send_again(self, *, at: datetime) -> "Task":
        """Give the task its next dispatch number, because the queue drops a number that it has
        seen."""
        return replace(self, dispatch=self.dispatch + 1, dispatched_at=at, not_before_at=at)

    def count_losses(self, loss: Loss) -> int:
        if loss == "crash":
            return self.crashes
        return self.interruptions if loss in {"interruption", "no_room"} else self.failures

    def _is_held_by(self, *, attempt: int, lease_token: str) -> bool:
        return self.attempt == attempt and self.lease_token == lease_token


def choose_backoff_seconds(loss: Loss, *, losses: int) -> float:
    """Return the wait before the next attempt after this many losses of the kind, counted from
    1."""
    first, growth = _BACKOFF_SECONDS.get(loss, (_MIN_PAUSE_SECONDS, 1.0))
    return min(_MAX_BACKOFF_SECONDS, first * growth ** (losses - 1))


def choose_pause_seconds(*, lasted_seconds: float) -> float:
    """Return how long a task pauses in an outage that has lasted this long: half of that. So the
    wait is at most half as long again as the outage, and ends at most a minute after the dependency
    is back."""
    return min(_MAX_PAUSE_SECONDS, max(_MIN_PAUSE_SECONDS, lasted_seconds / 2))
