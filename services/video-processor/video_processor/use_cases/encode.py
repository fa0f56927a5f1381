"""encode: one decode of one chunk into every rung; the segments are uploaded while ffmpeg runs.

A chunk has exactly the frames that an encode of the whole video has there. If a seek does not lead
to all of them (a damaged or missing index, a picture that starts late), the source is decoded from
its start.
"""

import asyncio
import hashlib
from dataclasses import replace

from video_processor.bounded import raise_first_error, run_bounded
from video_processor.domain.encode_job import (
    INIT_NAME,
    PLAYLIST_NAME,
    EncodeJob,
    drop_sound,
    read_from_start,
    silence_sound,
)
from video_processor.domain.gate import sum_seconds
from video_processor.domain.playlist import parse_segment_durations
from video_processor.domain.progress import FfmpegReport
from video_processor.errors import BadSource, EncodeFailed, FramesMissing, SoundFailed, TaskFailed
from video_processor.use_cases.context import TaskContext
from video_processor.use_cases.early_end import build_early_end
from video_processor.use_cases.fetch_source import SourceFile, open_source, open_whole, try_parts_first
from video_processor.use_cases.upload_segments import SegmentUpload, store_init
from videoforge.keys import AUDIO_FOLDER
from videoforge.logs import get_logger
from videoforge.messages import Chunk, EncodedTrack, EncodeInput, EncodeResult, JobWarning, Plan, Segment
from videoforge.problem_codes import Code
from videoforge_media.fitting import AspectChange
from videoforge_media.length import find_missing_seconds, is_too_short
from videoforge_media.probe_fields import read_pixel_aspect

log = get_logger("JOB")

#: The download's share of the progress shown; the rest follows the encode's clock.
_DOWNLOAD_PERCENT = 3.0
SOUND_LOST = JobWarning(code="no_audio", message="The source's sound cannot be decoded.")


async def encode(context: TaskContext, task: EncodeInput) -> EncodeResult:
    """Return the stored segments of all renditions. Raises BadSource, EncodeFailed, StoreFailed."""
    is_whole = len(task.plan.chunks) == 1
    source = await (open_whole if is_whole else open_source)(context, task.source)
    job = build_job(context, plan=task.plan, chunk=task.chunk, source=source)
    await source.fetch_picture(task.plan.video_stream, job.read_span)
    context.progress.set_percent(_DOWNLOAD_PERCENT)
    result = await try_parts_first(source, lambda: _encode_from(source, context, task))
    if is_whole:
        context.tools.scratch.source_cache.drop(task.source)
    else:  # other chunks need it too
        source.keep(probe=source.probe)
    return result


async def _encode_from(source: SourceFile, context: TaskContext, task: EncodeInput) -> EncodeResult:
    job = build_job(context, plan=task.plan, chunk=task.chunk, source=source)
    warnings: list[JobWarning] = []
    try:
        job, upload = await _encode_exactly(context, job)
    except SoundFailed as error:
        if not source.is_whole:
            raise
        log.warning("encoding again without sound", stderr=error.stderr_tail)
        warnings.append(SOUND_LOST)
        job = leave_out_sound(context, job)
        upload = await encode_and_upload(context, job)
    folders = _list_folders(job)
    tracks = await run_bounded(
        (finish_track(context, job, folder=folder, sizes=upload.get_sizes(folder)) for folder in folders),
        parallelism=context.tools.parallelism,
    )
    warnings += _check_end(tracks[0], job=job)
    has_audio = job.has_audio and bool(tracks[-1].segments)
    return EncodeResult(
        renditions=tracks[: len(task.plan.ladder)],
        audio=tracks[-1] if has_audio else None,
        warnings=warnings,
    )


def leave_out_sound(context: TaskContext, job: EncodeJob) -> EncodeJob:
    """Return the encode of a source whose sound has failed. If some of it is listed, viewers read a
    playlist of it, which has to go on as long as the picture: silence follows."""
    has_listed = context.listing.has_any(AUDIO_FOLDER)
    return (silence_sound if has_listed else drop_sound)(job, target=job.target / "silent")


def _list_folders(job: EncodeJob) -> list[str]:
    return [rung.format for rung in job.plan.ladder] + ([AUDIO_FOLDER] if job.has_audio else [])


async def _encode_exactly(context: TaskContext, job: EncodeJob) -> tuple[EncodeJob, SegmentUpload]:
    """Return what was stored, and the encode that made it: the given one, or if that cannot make
    all of the chunk's frames, one that reads from the source's start."""
    if not job.seek_seconds:
        return job, await encode_and_upload(context, job)
    try:
        upload = await encode_and_upload(context, job)
        made = len(upload.get_sizes(job.plan.ladder[0].format))
        if made == job.segment_count or (job.is_last and made):
            return job, upload
        reason = f"{made} segments instead of {job.segment_count or 'some'}"
        if job.has_holes:
            raise FramesMissing(reason)
    except (FramesMissing, BadSource) as error:
        if job.has_holes:
            raise
        reason = str(error)
    log.warning("decoding from the source's start", chunk=job.chunk.index, reason=reason)
    job = read_from_start(job, target=context.folder / "from-start")
    return job, await encode_and_upload(context, job)


async def encode_and_upload(context: TaskContext, job: EncodeJob) -> SegmentUpload:
    """Return what was stored. A second call, into another folder, overwrites the objects of the
    first, except those that are listed."""
    context.listing.start_over()
    folders = _list_folders(job)
    for folder in folders:
        (job.target / folder).mkdir(parents=True)
    upload = SegmentUpload(context, job=job, folders=folders)
    await _run_while_uploading(context, job, upload)
    return upload


def build_job(context: TaskContext, *, plan: Plan, chunk: Chunk, source: SourceFile) -> EncodeJob:
    return EncodeJob(
        source=source.path,
        target=context.folder / ("out" if source.is_whole else "out-of-parts"),
        probe=replace(source.probe, aspect_changes=read_aspects(plan)),
        plan=plan,
        chunk=chunk,
        threads=context.tools.threads.choose(plan),
        has_holes=not source.is_whole,
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
        done_seconds = max(0.0, report.out_seconds - job.chunk.start_seconds)
        percent = 100 * done_seconds / job.chunk.duration_seconds
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
        upload.finish()

    listing = asyncio.create_task(context.listing.run())
    try:
        with raise_first_error():
            async with asyncio.TaskGroup() as group:
                group.create_task(run_ffmpeg())
                group.create_task(upload.run())
    finally:
        listing.cancel()
        await asyncio.gather(listing, return_exceptions=True)


async def finish_track(
    context: TaskContext, job: EncodeJob, *, folder: str, sizes: dict[str, int]
) -> EncodedTrack:
    """Return the track as stored, without segments if there is no sound, or if the source ends
    before the chunk. A segment that was listed before is part of it, whoever stored it."""
    init, playlist = job.target / folder / INIT_NAME, job.target / folder / PLAYLIST_NAME
    if not sizes and (folder == AUDIO_FOLDER or job.chunk.index > 0):
        return EncodedTrack(format=folder, init_key=None, segments=[])
    if not sizes or not init.exists() or not playlist.exists():
        raise BadSource(Code.undecodable_media, "No picture of the video can be decoded.")
    durations = parse_segment_durations(playlist.read_text())
    if set(durations) != set(sizes) or min(sizes.values(), default=0) == 0:
        raise EncodeFailed(Code.encode_failed, "The encoder wrote an incomplete video.")
    segments = [
        context.listing.find(folder, name)
        or Segment(
            key=context.build_key(f"{folder}/{name}"), duration_seconds=duration, size_bytes=sizes[name]
        )
        for name, duration in sorted(durations.items())
    ]
    init_sha256 = hashlib.sha256(init.read_bytes()).hexdigest()
    if job.chunk.index > 0:
        return EncodedTrack(format=folder, init_key=None, init_sha256=init_sha256, segments=segments)
    stored = context.listing.find_init(folder) or await store_init(context, init, folder=folder)
    if stored.init_sha256 != init_sha256:
        raise EncodeFailed(Code.encode_failed, "The encoder wrote different headers for one video.")
    return stored.model_copy(update={"segments": segments})


def _check_end(track: EncodedTrack, *, job: EncodeJob) -> list[JobWarning]:
    """Return a warning if the source ends early in this chunk; ffmpeg treats the end of the data as
    the end of the video and exits 0. Raises BadSource if a large part is missing: of chunks,
    assemble knows that."""
    made = sum_seconds(track)
    ends_at, planned = job.chunk.start_seconds + made, job.plan.duration_seconds
    if job.is_whole and is_too_short(ends_at, of_seconds=planned):
        raise BadSource(Code.truncated_media, f"The video breaks off after {ends_at:.1f} s.")
    is_end = job.is_last or round(made * job.frame_rate) != job.frame_count
    if not is_end or not made or not find_missing_seconds(ends_at, of_seconds=planned):
        return []
    return [build_early_end(ends_at, of_seconds=planned)]


def _blame_source(error: EncodeFailed) -> TaskFailed:
    """Return BadSource if the same file would fail in every attempt."""
    if error.code == Code.undecodable_media.name:
        return BadSource(Code.undecodable_media, error.message)
    if error.is_certain:
        return BadSource(Code.unencodable_media)
    return error
