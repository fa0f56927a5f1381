"""What every task works with: its grant, its folder, the tools, and its progress."""

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

from video_processor.domain.progress import TaskProgress
from video_processor.machine import Threads
from video_processor.ports import Ffmpeg, JobApi, MediaInspector, ObjectStore
from video_processor.scratch import Scratch
from video_processor.use_cases.list_segments import SegmentListing
from video_processor.use_cases.store_retry import StoreRetry
from videoforge.messages import ClaimGrant, TaskMetrics

Answer = TypeVar("Answer")
WorkPhase = Literal["download", "encode", "upload"]


@dataclass
class PhaseClock:
    """Seconds spent in each phase. Phases overlap, so their sum may exceed the task's time.
    `read_bytes` were read of the source."""

    seconds: dict[WorkPhase, float] = field(default_factory=dict)
    cpu_seconds: float = 0.0
    read_bytes: int = 0

    @contextmanager
    def measure(self, phase: WorkPhase) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[phase] = self.seconds.get(phase, 0.0) + time.monotonic() - started

    def to_message(self) -> TaskMetrics:
        return TaskMetrics(
            download_seconds=round(self.seconds.get("download", 0.0), 3),
            encode_seconds=round(self.seconds.get("encode", 0.0), 3),
            upload_seconds=round(self.seconds.get("upload", 0.0), 3),
            cpu_seconds=round(self.cpu_seconds, 3),
            read_bytes=self.read_bytes,
        )


@dataclass(frozen=True)
class Tools:
    """What all tasks of this process work with, made once at start. `parallelism` bounds the
    transfers in flight of one file or rendition. Films are encoded in chunks of `chunk_seconds`, or
    in one piece if that is 0."""

    api: JobApi
    store: ObjectStore
    ffmpeg: Ffmpeg
    inspector: MediaInspector
    scratch: Scratch
    threads: Threads
    parallelism: int
    chunk_seconds: int


@dataclass(frozen=True)
class TaskContext:
    """`check_lease` raises LeaseLost; it is called before anything is written to the store."""

    grant: ClaimGrant
    folder: Path
    tools: Tools
    progress: TaskProgress
    clock: PhaseClock
    check_lease: Callable[[], None]
    listing: SegmentListing
    store_retry: StoreRetry = field(default_factory=StoreRetry)

    def build_key(self, name: str) -> str:
        """Return the key of an output of this attempt."""
        return self.grant.output_prefix + name

    async def upload(self, path: Path, *, name: str) -> int:
        """Store a file as this attempt's output and return its size in bytes. Raises LeaseLost,
        StoreFailed."""
        self.check_lease()
        with self.clock.measure("upload"):
            return await self.call_store(lambda: self.tools.store.upload(path, key=self.build_key(name)))

    async def call_store(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """Call the store, and retry while it is unavailable and the attempt is worth the wait; see
        store_retry.py."""
        return await self.store_retry.call(call, progress=self.progress, check_lease=self.check_lease)
