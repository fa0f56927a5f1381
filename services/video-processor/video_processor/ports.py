"""What the processor needs from outside, as small Protocols; adapters/ meets them, testing.py fakes them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from video_processor.domain.encode_job import EncodeJob
from video_processor.domain.progress import FfmpegReport
from video_processor.domain.storyboard import StoryboardLayout
from videoforge.messages import (
    AttemptFailure,
    AttemptProgress,
    AttemptResult,
    ClaimGrant,
    FailureAnswer,
    LeaseAnswer,
    SourceRef,
    TaskLease,
    TaskMessage,
    WaitingFor,
)
from videoforge_media.combing import FieldOrder
from videoforge_media.probe import Probe
from videoforge_media.sound_tracks import AudioTrack


@dataclass(frozen=True)
class ReceivedTask:
    """A queue message; the receipt handle is good until its visibility ends."""

    message: TaskMessage
    receipt_handle: str
    receive_count: int


class TaskQueue(Protocol):
    """All calls raise QueueUnavailable when the queue does not answer after retries."""

    async def receive(self) -> ReceivedTask | None:
        """Wait for one message for the long poll's length; None when there is none."""

    async def set_visibility(self, receipt_handle: str, *, seconds: int) -> None:
        """Hide the message for so long from now; 0 gives it back at once. A stale handle is ignored."""

    async def delete(self, receipt_handle: str) -> None:
        """Remove the message for good. A stale handle is ignored: the message is not ours any more."""


class JobApi(Protocol):
    """job-service's internal API. All calls raise JobApiUnavailable; all of a task but `claim` raise
    LeaseLost."""

    async def report(self, reasons: Sequence[str], *, waiting_for: WaitingFor | None) -> None:
        """Say that we are there, and what keeps us from taking tasks. An answer proves that job-service and
        its database work."""

    async def claim(self, task: TaskMessage, *, claim_id: str) -> ClaimGrant:
        """Return the grant, the same for the same id. Raises ClaimRefused when the task is not to be had."""

    async def heartbeat(self, lease: TaskLease) -> LeaseAnswer: ...

    async def report_progress(self, lease: TaskLease, progress: AttemptProgress) -> LeaseAnswer: ...

    async def complete(self, lease: TaskLease, result: AttemptResult) -> None: ...

    async def fail(self, lease: TaskLease, failure: AttemptFailure) -> FailureAnswer: ...


class ObjectStore(Protocol):
    """One bucket. All calls raise StoreAway when the store does not answer after retries, or lets us in
    nowhere, and StoreFailed when it refuses a request."""

    async def check(self) -> None:
        """Ask whether the bucket is there and ours."""

    async def download_source(self, source: SourceRef, target: Path) -> None:
        """Write the pinned object to a file. Raises ObjectMissing; ObjectChanged on another ETag or size."""

    async def check_source(self, source: SourceRef) -> None:
        """Raise as download_source does where the pinned object is not the one stored, without reading it."""

    async def read_into(self, key: str, target: Path, *, offset: int, size_bytes: int) -> None:
        """Write the object's bytes into a file at an offset. Raises ObjectMissing, ObjectChanged (size)."""

    async def upload(self, path: Path, *, key: str) -> int:
        """Store a file, in parts where it is large, and return its bytes."""

    async def find_size(self, key: str) -> int | None:
        """Return the object's bytes, or None where there is none."""


@dataclass(frozen=True)
class FfmpegRun:
    """What one run cost and said."""

    wall_seconds: float
    cpu_seconds: float
    last_report: FfmpegReport | None
    stderr_tail: str


class Ffmpeg(Protocol):
    """All calls raise EncodeFailed; one that is cancelled ends its ffmpeg before it returns."""

    async def encode(
        self, job: EncodeJob, *, on_report: Callable[[FfmpegReport], None] | None = None
    ) -> FfmpegRun:
        """Encode one chunk into a folder of segments for each rung, and `audio`."""

    async def copy_to_mp4(self, video: Path, *, audio: Path | None, target: Path) -> FfmpegRun:
        """Copy joined segments into one MP4."""

    async def make_sheets(self, video: Path, *, layout: StoryboardLayout, pattern: Path) -> FfmpegRun:
        """Write sprite sheets of a joined rendition; `pattern` has a %03d."""


@dataclass(frozen=True)
class HeardSound:
    """What a trial heard of a track. `starts_at` is in seconds on the file's clock; None where it took too
    long to come to the sound."""

    starts_at: float | None
    ambisonic_order: int | None = None


class MediaInspector(Protocol):
    async def probe(self, path: Path) -> Probe:
        """Raises videoforge_media.errors.MediaRejected."""

    async def follow_changes(self, path: Path, probe: Probe) -> Probe:
        """Return the Probe with the largest size of a picture that changes it; see shape_changes.py."""
        ...

    async def find_hidden_fields(self, path: Path, probe: Probe) -> FieldOrder | None:
        """Return the order of fields of pictures that are interlaced and not marked so; see combing.py."""
        ...

    async def take_thumbnail(self, path: Path, probe: Probe, target: Path) -> None:
        """Raises videoforge_media.thumbnail.ThumbnailFailed."""

    async def find_sound_gap(self, path: Path, probe: Probe, *, track: int) -> int:
        """Return the seconds of a pause of the sound that is no joint; see sound_gap.py."""
        ...

    async def hear_track(self, path: Path, track: AudioTrack) -> HeardSound | None:
        """Return None where the track gives no sound that can be made stereo."""
