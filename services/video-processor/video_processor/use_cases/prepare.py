"""prepare: probe the source, plan the job, and take the thumbnail."""

from collections.abc import Sequence
from pathlib import Path

from video_processor.domain.chunks import plan_chunks, plan_whole
from video_processor.domain.gop import choose_frame_rate, format_rate
from video_processor.domain.interlace import can_be_interlaced, may_hide_fields
from video_processor.domain.one_piece import find_one_piece_reason
from video_processor.domain.picture_warnings import find_picture_warnings
from video_processor.domain.still import find_held_seconds
from video_processor.use_cases.choose_sound import choose_sound
from video_processor.use_cases.context import TaskContext
from video_processor.use_cases.early_end import find_early_end
from video_processor.use_cases.fetch_source import open_source, try_parts_first
from videoforge.logs import get_logger
from videoforge.messages import AspectStart, Chunk, JobWarning, Plan, PrepareInput, PrepareResult
from videoforge_media.combing import list_sample_seconds
from videoforge_media.key_gap import list_key_looks
from videoforge_media.ladder import choose_ladder
from videoforge_media.losses import find_losses
from videoforge_media.probe import Probe
from videoforge_media.probe_fields import format_aspect
from videoforge_media.thumbnail import ThumbnailFailed, list_moments
from videoforge_media.thumbnail_command import can_seek

log = get_logger("JOB")

THUMBNAIL_NAME = "thumbnail.jpg"


async def prepare(context: TaskContext, task: PrepareInput) -> PrepareResult:
    """Return the plan that all later tasks of the job follow. Raises BadSource, ScratchFull,
    StoreFailed."""
    source = await open_source(context, task.source, is_thorough=True)
    path, probe = source.path, await source.follow_changes()
    await source.fetch_picture(probe.video_stream, *list_looks(probe))
    places = [(at, at) for at in list_key_looks(probe.video_duration_seconds)]
    await source.fetch_picture(probe.video_stream, *places, is_decoded=False)
    context.progress.set_percent(60)
    ladder = choose_ladder(probe.picture_size, output_formats=task.output_formats)
    duration = probe.video_duration_seconds + find_held_seconds(probe)
    sound = await choose_sound(context.tools.inspector, path, probe)
    if not sound.is_first_choice and not source.is_whole:  # a track may begin after what is here
        await source.fetch_rest()
        sound = await choose_sound(context.tools.inspector, path, probe)
    plan = Plan(
        ladder=ladder.rungs,
        chunks=await _plan_chunks(context, path, probe, duration_seconds=duration),
        duration_seconds=duration,
        frame_rate=format_rate(choose_frame_rate(probe)),
        video_stream=probe.video_stream,
        audio_stream=sound.stream,
        sound_mix=sound.mix,
        deinterlace=can_be_interlaced(probe),
        field_order=await context.tools.inspector.find_hidden_fields(path, probe)
        if may_hide_fields(probe)
        else None,
        pixel_aspects=list_aspects(probe),
        tone_map=probe.tone_map_curve,
        options=task.options,
    )
    thumbnail = context.folder / THUMBNAIL_NAME
    warnings = [
        *sound.warnings,
        *find_warnings(probe),
        *find_picture_warnings(probe),
    ]
    warnings += find_early_end(probe)
    try:
        await try_parts_first(source, lambda: context.tools.inspector.take_thumbnail(path, probe, thumbnail))
    except ThumbnailFailed as error:
        log.warning("no thumbnail", reason=str(error))
        warnings.append(JobWarning(code="no_thumbnail", message="No thumbnail of the video could be made."))
        thumbnail_key = None
    else:
        await context.upload(thumbnail, name=THUMBNAIL_NAME)
        thumbnail_key = context.build_key(THUMBNAIL_NAME)
    source.keep(probe=probe)
    return PrepareResult(
        plan=plan,
        skipped=ladder.skipped,
        warnings=warnings,
        thumbnail_key=thumbnail_key,
        source=probe.facts,
    )


async def _plan_chunks(
    context: TaskContext, path: Path, probe: Probe, *, duration_seconds: float
) -> list[Chunk]:
    """Return the chunks, one for a source that has to be encoded in one piece."""
    if not context.tools.chunk_seconds:
        return plan_whole(duration_seconds)
    chunks = plan_chunks(
        duration_seconds,
        frame_rate=choose_frame_rate(probe),
        chunk_seconds=context.tools.chunk_seconds,
    )
    if len(chunks) == 1:
        return chunks
    key_gap = await context.tools.inspector.find_key_gap(path, probe)
    if reason := find_one_piece_reason(probe, key_gap_seconds=key_gap):
        log.info("encoding in one piece", reason=reason)
        return plan_whole(duration_seconds)
    return chunks


def list_looks(probe: Probe) -> list[tuple[float, float]]:
    """Return the moments at which pictures are looked at, as spans of seconds."""
    duration = probe.video_duration_seconds
    moments = [at for at in list_moments(duration, is_whole=can_seek(probe)) if at is not None]
    if may_hide_fields(probe):
        moments += list_sample_seconds(duration)
    return [(at, at) for at in moments]


def list_aspects(probe: Probe) -> list[AspectStart]:
    return [
        AspectStart(at_seconds=change.at_seconds, pixel_aspect=format_aspect(change.pixel_aspect))
        for change in probe.aspect_changes
    ]


def find_warnings(probe: Probe) -> list[JobWarning]:
    """Return what a user should know about how the source is processed."""
    rate = float(choose_frame_rate(probe))
    found: Sequence[tuple[bool, str, str]] = [
        (probe.hdr is not None, "hdr_tone_mapped", "The source is HDR; the renditions are SDR."),
        (
            probe.is_variable_frame_rate,
            "variable_frame_rate",
            f"The source's frame rate varies; the renditions have {rate:g} frames a second.",
        ),
        (
            not probe.is_variable_frame_rate and float(probe.frame_rate) > rate,
            "frame_rate_reduced",
            f"The source has {float(probe.frame_rate):g} frames a second; the renditions have {rate:g}.",
        ),
        (
            probe.is_rate_assumed,
            "frame_rate_assumed",
            f"The source does not state its frame rate; {rate:g} frames a second are assumed.",
        ),
        (
            probe.has_alpha,
            "transparency_flattened",
            "The source is transparent; the renditions have a black background.",
        ),
        (
            probe.is_rotation_odd,
            "rotation_ignored",
            "The source asks for a rotation that is not a multiple of 90°, which is ignored.",
        ),
    ]
    lost = [JobWarning(code=loss.code, message=loss.message) for loss in find_losses(probe)]
    return lost + [JobWarning(code=code, message=message) for holds, code, message in found if holds]
