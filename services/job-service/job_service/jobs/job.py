"""A job: one source encoded to one ladder, and the state changes it may go through.

    pending ──start──▶ processing ──complete──▶ completed
       │                   ├───────fail───────▶ failed ────┐
       └──────cancel───────┴──────────────────▶ cancelled ─┴─retry──▶ pending (attempts + 1)

A Job is a row of table `jobs` as a value. Its methods return the next value and check that the step
is allowed; a ValueError from them is a bug of ours, because callers check first. `renditions` are
[{format, width, height, bitrate_bps, progress_percent, status}] with status pending, encoding or
done, which a rendition is once all of its segments are listed, before those of others may be.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from job_service.jobs.job_parts import JobError, JobMetrics, JobRendition, JobSkipped
from job_service.set_aside.reason import Unreadable
from videoforge.encode_options import EncodeOptions
from videoforge.messages import (
    FinishedRendition,
    JobWarning,
    Phase,
    Plan,
    PrepareResult,
    TaskError,
    TaskMetrics,
)

JobStatus = Literal["pending", "processing", "completed", "failed", "cancelled"]
STATUSES: Final[tuple[JobStatus, ...]] = ("pending", "processing", "completed", "failed", "cancelled")
FINAL_STATUSES: Final = frozenset({"completed", "failed", "cancelled"})

#: Higher goes first among the jobs of one user; 0 unless the user sets it.
MIN_PRIORITY: Final = -10
MAX_PRIORITY: Final = 10

#: A job that has begun goes before one that has not and would be done up to this much earlier:
#: finishing it first shortens the mean time to done, and its source lies on a processor's disk.
BEGUN_HEAD_START: Final = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True)
class OtherVersion:
    """A plan or options written by another version, kept unchanged. A job with them can be shown
    and cancelled, but not continued."""

    raw: Any


@dataclass(frozen=True, kw_only=True)
class Job:
    """`source_seconds` is the source's duration as probed at confirm, `remaining_seconds` how much
    of it is not encoded yet, `playable_seconds` how much of it can be watched."""

    id: str
    video_id: str
    user_id: str
    output_formats: list[str]
    created_at: datetime
    updated_at: datetime
    batch_id: str | None = None
    status: JobStatus = "pending"
    phase: Phase = "queued"
    progress_percent: float = 0
    priority: int = 0
    source_seconds: float = 0
    remaining_seconds: float = 0
    options: EncodeOptions | OtherVersion = field(default_factory=EncodeOptions)
    skipped: list[JobSkipped] = field(default_factory=list)
    renditions: list[JobRendition] = field(default_factory=list)
    warnings: list[JobWarning] = field(default_factory=list)
    plan: Plan | OtherVersion | None = None
    error: JobError | None = None
    playable_seconds: float = 0
    attempts: int = 1
    metrics: JobMetrics = field(default_factory=JobMetrics)
    started_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def is_final(self) -> bool:
        return self.status in FINAL_STATUSES

    @property
    def turn_at(self) -> datetime:
        """The order of a user's jobs of one priority: the shortest remaining first. Waiting counts
        like remaining, second for second, so a job is passed by later ones for a time that is at
        most its own length."""
        head_start = BEGUN_HEAD_START if self.status == "processing" else timedelta()
        return self.created_at + timedelta(seconds=self.remaining_seconds) - head_start

    @property
    def known_plan(self) -> Plan | None:
        """The plan, or None if there is none or this version cannot read it."""
        return self.plan if isinstance(self.plan, Plan) else None

    @property
    def known_options(self) -> EncodeOptions:
        """The options. If this version cannot read them, the defaults, which are for display
        only."""
        return EncodeOptions() if isinstance(self.options, OtherVersion) else self.options

    @property
    def already_made(self) -> list[JobSkipped]:
        """What the video had, or was to have, when the job was requested and the job does not
        replace."""
        return [item for item in self.skipped if item.code == "already_made"]

    def check_readable(self) -> None:
        """Raise Unreadable if another version wrote the plan or the options."""
        if isinstance(self.plan, OtherVersion) or isinstance(self.options, OtherVersion):
            raise Unreadable(f"this version cannot read the plan or the options of job {self.id}")

    def start(self, *, phase: Phase, queued_at: datetime, now: datetime) -> "Job":
        """A processor started the attempt queued at `queued_at`, in this phase. A job that is
        already processing is returned unchanged."""
        self._check_not_final("start")
        if self.status == "processing":
            return self
        waited = round((now - queued_at).total_seconds(), 3)
        return replace(
            self,
            status="processing",
            phase=phase,
            started_at=now,
            metrics=self.metrics.model_copy(update={"queue_seconds": waited}),
        )

    def change_priority(self, priority: int) -> "Job":
        """Change the priority of a pending job."""
        if self.status != "pending":
            raise ValueError(f"job {self.id} is {self.status} and no longer pending")
        return replace(self, priority=priority)

    def take_plan(self, result: PrepareResult) -> "Job":
        """Take over what prepare decided, without the renditions that the job leaves as they are;
        every other rung of the ladder becomes a pending rendition. If nothing is left, because
        prepare found another size of the picture than confirm, all of the ladder is made."""
        self._check_not_final("plan")
        left_out = {item.format for item in self.already_made}
        ladder = [rung for rung in result.plan.ladder if rung.format not in left_out]
        skipped = [JobSkipped(**item.model_dump()) for item in result.skipped]
        return replace(
            self,
            phase="encoding",
            plan=result.plan.model_copy(update={"ladder": ladder}) if ladder else result.plan,
            skipped=[*self.already_made, *skipped] if ladder else skipped,
            warnings=result.warnings,
            renditions=[
                JobRendition(**rung.model_dump(), progress_percent=0.0, status="pending")
                for rung in ladder or result.plan.ladder
            ],
        )

    def add_warnings(self, warnings: Sequence[JobWarning]) -> "Job":
        """Add an encode's warnings, each code once."""
        known = {item.code for item in self.warnings}
        new = [item for item in warnings if item.code not in known]
        return replace(self, warnings=[*self.warnings, *new])

    def advance(
        self,
        *,
        phase: Phase,
        percent: float,
        renditions: Sequence[JobRendition] | None = None,
        remaining_seconds: float | None = None,
    ) -> "Job":
        """Update the progress. A percentage that is shown never falls, neither the job's nor a
        rendition's, even when a chunk is lost and encoded again, and a rendition that is done stays
        so. This method alone guarantees that, and everything that is shown comes from the row written
        here. The job's percentage stays below 100 until it is completed."""
        self._check_not_final("advance")
        percent = min(99.0, max(self.progress_percent, percent))
        reached = self.renditions if renditions is None else renditions
        shown = [
            old if old.status == "done" or new.progress_percent < old.progress_percent else new
            for old, new in zip(self.renditions, reached, strict=True)
        ]
        remaining = self.remaining_seconds if remaining_seconds is None else remaining_seconds
        return replace(
            self, phase=phase, progress_percent=percent, renditions=shown, remaining_seconds=remaining
        )

    def list_playable(self, seconds: float) -> "Job":
        """Take over how far the video can be watched now, which never falls."""
        self._check_not_final("list segments")
        return replace(self, playable_seconds=max(self.playable_seconds, seconds))

    def list_whole(self, formats: Collection[str]) -> "Job":
        """These renditions are there from their start to their end."""
        self._check_not_final("list segments")
        done = {"status": "done", "progress_percent": 100.0}
        shown = [item.model_copy(update=done) if item.format in formats else item for item in self.renditions]
        return replace(self, renditions=shown)

    def add_metrics(self, spent: TaskMetrics) -> "Job":
        """Add one task's metrics to the job's totals."""
        sums = {
            name: round((getattr(self.metrics, name) or 0) + value, 3)
            for name, value in spent.model_dump().items()
        }
        return replace(self, metrics=self.metrics.model_copy(update=sums))

    def complete(self, renditions: Sequence[FinishedRendition], *, now: datetime) -> "Job":
        """The renditions are published; from now on `bitrate_bps` is the measured rate."""
        self._check_not_final("complete")
        return replace(
            self,
            status="completed",
            phase="completed",
            progress_percent=100.0,
            playable_seconds=max(item.duration_seconds for item in renditions),
            completed_at=now,
            renditions=[
                JobRendition(
                    **item.model_dump(include={"format", "width", "height", "bitrate_bps"}),
                    progress_percent=100.0,
                    status="done",
                )
                for item in renditions
            ],
        )

    def fail(self, error: TaskError, *, now: datetime) -> "Job":
        """Fail for good; the phase is kept, to show how far the job got."""
        self._check_not_final("fail")
        return replace(self, status="failed", error=JobError(**error.model_dump()), completed_at=now)

    def cancel(self, *, now: datetime) -> "Job":
        self._check_not_final("cancel")
        return replace(self, status="cancelled", phase="cancelled", completed_at=now)

    def retry(self, *, keeps_plan: bool) -> "Job":
        """Start over under the same id, or with `keeps_plan` only go on from the plan; only a
        failed or cancelled job may."""
        if self.status not in {"failed", "cancelled"}:
            raise ValueError(f"job {self.id} is {self.status} and cannot be retried")
        again = Job(
            id=self.id,
            video_id=self.video_id,
            user_id=self.user_id,
            batch_id=self.batch_id,
            priority=self.priority,
            source_seconds=self.source_seconds,
            remaining_seconds=self.source_seconds,
            options=self.options,
            output_formats=self.output_formats,
            skipped=self.already_made,
            attempts=self.attempts + 1,
            created_at=self.created_at,
            updated_at=self.updated_at,
        )
        if not keeps_plan:
            return again
        renditions = [
            item.model_copy(update={"progress_percent": 0.0, "status": "pending"}) for item in self.renditions
        ]
        return replace(
            again,
            plan=self.plan,
            skipped=self.skipped,
            warnings=self.warnings,
            renditions=renditions,
            playable_seconds=self.playable_seconds,
        )

    def _check_not_final(self, step: str) -> None:
        if self.is_final:
            raise ValueError(f"job {self.id} is {self.status}: it cannot {step}")
