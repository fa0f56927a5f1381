"""The interfaces to everything outside the processor. The classes in adapters/ implement them, and
testing/ has a fake of each."""

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
    SegmentList,
    SourceRef,
    TaskLease,
    TaskMessage,
    WaitingFor,
)
from videoforge_media.byte_ranges import ByteRange
from videoforge_media.combing import FieldOrder
from videoforge_media.probe import Probe
from videoforge_media.sound_tracks import AudioTrack


@dataclass(frozen=True)
class ReceivedTask:
    """A queue message. The receipt handle is valid until the message's visibility timeout ends."""

    message: TaskMessage
    receipt_handle: str
    receive_count: int


class TaskQueue(Protocol):
    """All calls raise QueueUnavailable when the queue still does not answer after retries."""

    async def receive(self) -> ReceivedTask | None:
        """Long-poll for one message; None when none arrived."""

    async def set_visibility(self, receipt_handle: str, *, seconds: int) -> None:
        """Hide the message for `seconds` from now; 0 returns it to the queue at once. A stale
        handle is ignored."""

    async def delete(self, receipt_handle: str) -> None:
        """Delete the message. A stale handle is ignored: the message is no longer ours."""


class JobApi(Protocol):
    """job-service's internal API. All calls raise JobApiUnavailable; the calls that take a lease
    also raise LeaseLost."""

    async def report(self, reasons: Sequence[str], *, waiting_for: WaitingFor | None) -> None:
        """Report that this processor is alive, and why it takes no tasks if it takes none. An
        answer proves that job-service and its database work."""

    async def claim(self, task: TaskMessage | None, *, claim_id: str) -> ClaimGrant:
        """Return the grant; the same claim id gets the same grant. Without a message only a light
        task is granted. Raises ClaimRefused when no task can be claimed."""

    async def heartbeat(self, lease: TaskLease) -> LeaseAnswer: ...

    async def report_progress(self, lease: TaskLease, progress: AttemptProgress) -> LeaseAnswer: ...

    async def list_segments(self, lease: TaskLease, segments: SegmentList) -> LeaseAnswer:
        """Let viewers watch stored segments. A second call with the same ones changes nothing."""
        ...

    async def complete(self, lease: TaskLease, result: AttemptResult) -> None: ...

    async def fail(self, lease: TaskLease, failure: AttemptFailure) -> FailureAnswer: ...


class ObjectStore(Protocol):
    """One bucket. All calls raise StoreAway when the store still does not answer after retries or
    denies all access, and StoreFailed when it refuses a single request."""

    async def check(self) -> None:
        """Check that the bucket exists and that we can access it."""

    async def download_source(self, source: SourceRef, target: Path, *, ranges: Sequence[ByteRange]) -> None:
        """Write these ranges of the pinned object into a file of its size, at their own places.
        Raises ObjectMissing, and ObjectChanged if the ETag or the size differs."""

    async def check_source(self, source: SourceRef) -> None:
        """Raise what download_source would raise if the stored object is not the pinned one,
        without reading it."""

    async def read_into(self, key: str, target: Path, *, offset: int, size_bytes: int) -> None:
        """Write the object's bytes into a file at an offset. Raises ObjectMissing, and
        ObjectChanged if the size differs."""

    async def upload(self, path: Path, *, key: str) -> int:
        """Store a file, in parts if it is large, and return its size in bytes."""

    async def find_size(self, key: str) -> int | None:
        """Return the object's size in bytes, or None if it does not exist."""


@dataclass(frozen=True)
class FfmpegRun:
    """The cost and the output of one run of ffmpeg."""

    wall_seconds: float
    cpu_seconds: float
    last_report: FfmpegReport | None
    stderr_tail: str


class Ffmpeg(Protocol):
    """All calls raise EncodeFailed. A call that is cancelled ends its ffmpeg before it returns."""

    async def encode(
        self, job: EncodeJob, *, on_report: Callable[[FfmpegReport], None] | None = None
    ) -> FfmpegRun:
        """Encode one chunk into a folder of segments for each rung, and into `audio`."""

    async def copy_to_mp4(self, video: Path, *, audio: Path | None, target: Path) -> FfmpegRun:
        """Copy joined segments into one MP4."""

    async def make_sheets(self, video: Path, *, layout: StoryboardLayout, pattern: Path) -> FfmpegRun:
        """Write the sprite sheets of a joined rendition; `pattern` contains %03d."""


@dataclass(frozen=True)
class HeardSound:
    """The result of decoding the start of a track. `starts_at` is in seconds on the file's clock,
    or None if the sound was not reached in time."""

    starts_at: float | None
    ambisonic_order: int | None = None


class MediaInspector(Protocol):
    async def probe(self, path: Path) -> Probe:
        """Raises videoforge_media.errors.MediaRejected."""

    async def follow_changes(self, path: Path, probe: Probe) -> Probe:
        """Return the Probe with the largest picture size of a source whose size changes; see
        shape_changes.py."""
        ...

    async def find_hidden_fields(self, path: Path, probe: Probe) -> FieldOrder | None:
        """Return the field order of pictures that are interlaced but not flagged as such; see
        combing.py."""
        ...

    async def take_thumbnail(self, path: Path, probe: Probe, target: Path) -> None:
        """Raises videoforge_media.thumbnail.ThumbnailFailed."""

    async def find_sound_gap(self, path: Path, probe: Probe, *, track: int) -> int:
        """Return the length in seconds of the longest pause in the sound that is not a splice; see
        sound_gap.py."""
        ...

    async def find_key_gap(self, path: Path, probe: Probe) -> float:
        """Return how many seconds before a picture a reader may have to start; see key_gap.py."""
        ...

    async def hear_track(self, path: Path, track: AudioTrack) -> HeardSound | None:
        """Return None if the track contains no sound that can be mixed to stereo."""
