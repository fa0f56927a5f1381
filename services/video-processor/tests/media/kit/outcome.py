"""Processes a source completely: what confirm does in job-service, then prepare, encode and
assemble; a source in chunks takes one encode for each, and one for its sound."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from video_processor.errors import TaskFailed
from video_processor.testing.object_store import MemoryObjectStore
from video_processor.use_cases.context import Tools
from videoforge.encode_options import EncodeOptions
from videoforge.messages import (
    AssembleInput,
    AssembleResult,
    AudioInput,
    AudioResult,
    EncodeInput,
    EncodeResult,
    FinishedRendition,
    Plan,
    PrepareInput,
    PrepareResult,
    SourceRef,
    TaskInput,
    TaskResult,
)
from videoforge_media.errors import MediaRejected
from videoforge_media.ffprobe import probe_file
from videoforge_media.probe import Probe
from videoforge_media.thumbnail import ThumbnailFailed, take_thumbnail

#: job-service uses the system's package, the processor its pinned FFmpeg
CONFIRM_FFPROBE, CONFIRM_FFMPEG = "ffprobe", "ffmpeg"
RunTask = Callable[[Tools, TaskInput], Awaitable[TaskResult]]


@dataclass
class Job:
    """`encoded` is the first chunk."""

    prepared: PrepareResult
    encoded: EncodeResult
    assembled: AssembleResult


@dataclass
class Outcome:
    """`refusal` is the stage (`confirm`, `prepare`, `encode`, `assemble`) and the code, None after
    success; `failure` is the error itself. Files are below `folder`."""

    folder: Path
    refusal: tuple[str, str] | None = None
    failure: MediaRejected | TaskFailed | None = None
    confirmed: Probe | None = None
    #: the picture taken by confirm, None if there is none
    poster: Path | None = None
    results: list[TaskResult] = field(default_factory=list)

    @property
    def job(self) -> Job:
        prepared, encoded, *_, assembled = self.results
        assert isinstance(prepared, PrepareResult)
        assert isinstance(encoded, EncodeResult)
        assert isinstance(assembled, AssembleResult)
        return Job(prepared, encoded, assembled)

    @property
    def plan(self) -> Plan:
        return self.job.prepared.plan

    @property
    def warnings(self) -> set[str]:
        """The codes of all warnings from all tasks."""
        return {warning.code for result in self.results for warning in getattr(result, "warnings", [])}

    @property
    def thumbnail(self) -> Path | None:
        """The picture taken by the job."""
        key = next((r.thumbnail_key for r in self.results if isinstance(r, PrepareResult)), None)
        return self.folder / key if key else None

    def get_rendition(self, format: str) -> FinishedRendition:
        assert self.refusal is None, self.failure
        return next(found for found in self.job.assembled.renditions if found.format == format)

    def get_mp4(self, format: str) -> Path:
        return self.folder / self.get_rendition(format).mp4_key

    def get_playlist(self, format: str) -> Path:
        return self.folder / self.get_rendition(format).playlist_key

    def refuse(self, stage: str, failure: MediaRejected | TaskFailed) -> "Outcome":
        self.refusal, self.failure = (stage, failure.code), failure
        return self


def confirm(path: Path, *, folder: Path) -> Outcome:
    """Do what job-service does with an upload that it reads completely."""
    outcome = Outcome(folder=folder)
    try:
        outcome.confirmed = probe_file(path, ffprobe=CONFIRM_FFPROBE)
    except MediaRejected as refused:
        return outcome.refuse("confirm", refused)
    if outcome.confirmed.is_picture_new:
        return outcome
    poster = folder / "poster.jpg"
    try:
        take_thumbnail(path, outcome.confirmed, poster, ffmpeg=CONFIRM_FFMPEG)
        outcome.poster = poster
    except ThumbnailFailed:
        pass
    return outcome


async def run_tasks(
    outcome: Outcome,
    source: SourceRef,
    *,
    tools: Tools,
    run_task: RunTask,
    formats: tuple[str, ...],
    options: EncodeOptions = EncodeOptions(),  # noqa: B008 - frozen
) -> Outcome:
    """Run all tasks, and write what they stored below the outcome's folder, also after a
    failure."""
    stage = "prepare"
    try:
        prepared = await run_task(
            tools, PrepareInput(source=source, output_formats=list(formats), options=options)
        )
        assert isinstance(prepared, PrepareResult)
        outcome.results.append(prepared)
        stage, plan = "encode", prepared.plan
        for chunk in plan.chunks:
            outcome.results.append(await run_task(tools, EncodeInput(source=source, plan=plan, chunk=chunk)))
        if len(plan.chunks) > 1 and plan.audio_stream is not None:
            outcome.results.append(await run_task(tools, AudioInput(source=source, plan=plan)))
        stage = "assemble"
        outcome.results.append(await run_task(tools, _build_assembly(outcome, source, plan=plan)))
    except TaskFailed as failed:
        outcome.refuse(stage, failed)
    assert isinstance(tools.store, MemoryObjectStore)
    for key, content in tools.store.objects.items():
        target = outcome.folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return outcome


def _build_assembly(outcome: Outcome, source: SourceRef, *, plan: Plan) -> AssembleInput:
    encoded = [result for result in outcome.results if isinstance(result, EncodeResult)]
    audio = next((result.audio for result in outcome.results if isinstance(result, AudioResult)), None)
    return AssembleInput(source=source, plan=plan, encoded=encoded, audio=audio)
