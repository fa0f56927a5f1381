"""An event of a job's stream, and how to tell that an event is out of date."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from job_service.jobs.job import FINAL_STATUSES

EventKind = Literal["progress", "state"]
_RANKS: Final[Mapping[str, int]] = {"pending": 0, "processing": 1}


@dataclass(frozen=True, kw_only=True)
class JobEvent:
    """`job` is the whole job as JSON; `id` is None for an event built from the rows instead of the
    feed."""

    kind: EventKind
    job: Mapping[str, Any]
    id: str | None = None

    @property
    def is_final(self) -> bool:
        return self.job["status"] in FINAL_STATUSES

    @property
    def reached(self) -> tuple[int, int, float, float]:
        """How far the job is: its attempt, its state, its percentage and the sum of its
        renditions'. An event that is behind one already sent arrived out of order."""
        status = self.job["status"]
        renditions = sum(item["progress_percent"] for item in self.job.get("renditions", ()))
        return self.job["attempts"], _RANKS.get(status, 2), self.job["progress_percent"], renditions
