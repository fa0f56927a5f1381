"""encode: one decode of one chunk into every rung; the segments are uploaded while ffmpeg runs."""

import asyncio
from dataclasses import replace
from pathlib import Path

from video_processor.bounded import raise_first_error, run_bounded
from video_processor.domain.encode_job import INIT_NAME, PLAYLIST_NAME, EncodeJob, drop_sound
from video_processor.domain.gate import sum_seconds
from video_processor.domain.playlist import parse_segment_durations
from video_processor.domain.progress import FfmpegReport
from video_processor.errors import BadSource, EncodeFailed, SoundFailed, TaskFailed
from video_processor.use_cases.context import TaskContext
from video_processor.use_cases.early_end import build_early_end
from video_processor.use_cases.fetch_source import fetch_source
from video_processor.use_cases.upload_segments import SegmentUpload
from videoforge.keys import AUDIO_FOLDER
from videoforge.logs import get_logger
from videoforge.messages import Chunk, EncodedTrack, EncodeInput, EncodeResult, JobWarning, Plan, Segment
from videoforge.problem_codes import Code
from videoforge_media.fitting import AspectChange
from videoforge_media.length import find_missing_seconds, is_too_short
from videoforge_media.probe import Probe
from videoforge_media.probe_fields import read_pixel_aspect

log = get_logger("JOB")

#: The download's share of the progress shown; the rest follows the encode's clock.
_DOWNLOAD_PERCENT = 3.0


async def encode(context: TaskContext, task: EncodeInput) -> EncodeResult:
    """Return the stored segments of all renditions. Raises BadSource, EncodeFailed, StoreFailed."""
    source, probe = await fetch_source(context, task.source)
    context.progress.set_percent(_DOWNLOAD_PERCENT)
    job = _build_job(context, task, source=source, probe=probe)
    warnings: list[JobWarning] = []
    try:
        upload = await _encode_and_upload(context, job)
    except SoundFailed as error:
        log.warning("encoding again without sound", stderr=error.stderr_tail)
        warnings.append(JobWarning(code="no_audio", message="The source's sound cannot be decoded."))
        job = drop_sound(job, target=context.folder / "silent")
        upload = await _encode_and_upload(context, job)
    folders = _list_folders(job)
    tracks = await run_bounded(
        (_finish_track(context, job, folder=folder, sizes=upload.get_sizes(folder)) for folder in folders),
        parallelism=context.tools.parallelism,
    )
    warnings += _check_duration(tracks[0], chunk=task.chunk)
    has_audio = job.has_audio and bool(tracks[-1].segments)
    if not job.is_whole:  # other chunks need it too
        context.tools.scratch.source_cache.keep(task.source, source, probe=probe)
    return EncodeResult(
        renditions=tracks[: len(task.plan.ladder)],
        audio=tracks[-1] if has_audio else None,
        warnings=warnings,
    )


def _list_folders(job: EncodeJob) -> list[str]:
    return [rung.format for rung in job.plan.ladder] + ([AUDIO_FOLDER] if job.has_audio else [])


async def _encode_and_upload(context: TaskContext, job: EncodeJob) -> SegmentUpload:
    """Return what was stored. A second call, into another folder, overwrites the objects of the
    first, which have not been reported yet."""
    folders = _list_folders(job)
    for folder in folders:
        (job.target / folder).mkdir(parents=True)
    upload = SegmentUpload(context, root=job.target, folders=folders)
    await _run_while_uploading(context, job, upload)
    return upload


def _build_job(context: TaskContext, task: EncodeInput, *, source: Path, probe: Probe) -> EncodeJob:
    return EncodeJob(
        source=source,
        target=context.folder / "out",
        probe=replace(probe, aspect_changes=read_aspects(task.plan)),
        plan=task.plan,
        chunk=task.chunk,
        threads=context.tools.threads,
    )


def read_aspects(plan: Plan) -> tuple[AspectChange, ...]:
    return tuple(
        AspectChange(start.at_seconds, read_pixel_aspect(start.pixel_aspect)) for start in plan.pixel_aspects
    )


async def _run_while_uploading(context: TaskContext, job: EncodeJob, upload: SegmentUpload) -> None:
    """Run ffmpeg and the upload side by side; if one fails, the other ends."""

    def on_report(report: FfmpegReport) -> None:
        if report.out_seconds is None:
            return
        percent = 100 * report.out_seconds / job.chunk.duration_seconds
        context.progress.speed = report.speed or context.progress.speed
        context.progress.set_percent(_DOWNLOAD_PERCENT + percent * (100 - _DOWNLOAD_PERCENT) / 100)
        for rung in job.plan.ladder:  # one clock for all outputs of one process
            context.progress.set_rendition_percent(rung.format, percent=percent)

    async def run_ffmpeg() -> None:
        try:
            with context.clock.measure("encode"):
                run = await context.tools.ffmpeg.encode(job, on_report=on_report)
            context.clock.cpu_seconds += run.cpu_seconds
        except SoundFailed:
            raise
        except EncodeFailed as error:
            raise _blame_source(error) from error
        finally:
            upload.finish()

    with raise_first_error():
        async with asyncio.TaskGroup() as group:
            group.create_task(run_ffmpeg())
            group.create_task(upload.run())


async def _finish_track(
    context: TaskContext, job: EncodeJob, *, folder: str, sizes: dict[str, int]
) -> EncodedTrack:
    """Return the track as stored. The init segment is uploaded last: it is complete only when
    ffmpeg has ended."""
    init, playlist = job.target / folder / INIT_NAME, job.target / folder / PLAYLIST_NAME
    if not init.exists() or not playlist.exists():
        if folder == AUDIO_FOLDER:
            return EncodedTrack(format=folder, init_key=None, segments=[])  # a track without a sample
        raise BadSource(Code.undecodable_media, "No picture of the video can be decoded.")
    durations = parse_segment_durations(playlist.read_text())
    if set(durations) != set(sizes) or min(sizes.values(), default=0) == 0:
        raise EncodeFailed(Code.encode_failed, "The encoder wrote an incomplete video.")
    init_key, init_size = None, 0
    if job.chunk.index == 0:
        init_size = await context.upload(init, name=f"{folder}/{INIT_NAME}")
        init_key = context.build_key(f"{folder}/{INIT_NAME}")
    segments = [
        Segment(key=context.build_key(f"{folder}/{name}"), duration_seconds=duration, size_bytes=sizes[name])
        for name, duration in sorted(durations.items())
    ]
    return EncodedTrack(format=folder, init_key=init_key, init_size_bytes=init_size, segments=segments)


def _check_duration(track: EncodedTrack, *, chunk: Chunk) -> list[JobWarning]:
    """Return a warning if the picture ends early, and raise BadSource if a large part is missing:
    ffmpeg treats the end of the data as the end of the video and exits 0."""
    made = sum_seconds(track)
    if is_too_short(made, of_seconds=chunk.duration_seconds):
        raise BadSource(
            Code.truncated_media,
            f"The video breaks off after {chunk.start_seconds + made:.1f} s.",
        )
    if not find_missing_seconds(made, of_seconds=chunk.duration_seconds):
        return []
    planned = chunk.start_seconds + chunk.duration_seconds
    return [build_early_end(chunk.start_seconds + made, of_seconds=planned)]


def _blame_source(error: EncodeFailed) -> TaskFailed:
    """Return BadSource if the same file would fail in every attempt."""
    if error.code == Code.undecodable_media.name:
        return BadSource(Code.undecodable_media, error.message)
    if error.is_certain:
        return BadSource(Code.unencodable_media)
    return error
