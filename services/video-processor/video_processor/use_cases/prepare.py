"""prepare: probe the source, plan the job, and take the thumbnail."""

from collections.abc import Sequence

from video_processor.domain.chunks import plan_chunks
from video_processor.domain.gop import choose_frame_rate, format_rate
from video_processor.domain.interlace import can_be_interlaced, may_hide_fields
from video_processor.domain.picture_warnings import find_picture_warnings
from video_processor.domain.still import find_held_seconds
from video_processor.use_cases.choose_sound import choose_sound
from video_processor.use_cases.context import TaskContext
from video_processor.use_cases.early_end import find_early_end
from video_processor.use_cases.fetch_source import fetch_source
from videoforge.logs import get_logger
from videoforge.messages import AspectStart, JobWarning, Plan, PrepareInput, PrepareResult
from videoforge_media.ladder import choose_ladder
from videoforge_media.losses import find_losses
from videoforge_media.probe import Probe
from videoforge_media.probe_fields import format_aspect
from videoforge_media.thumbnail import ThumbnailFailed

log = get_logger("JOB")

THUMBNAIL_NAME = "thumbnail.jpg"


async def prepare(context: TaskContext, task: PrepareInput) -> PrepareResult:
    """Return the plan that all later tasks of the job follow. Raises BadSource, ScratchFull,
    StoreFailed."""
    path, probe = await fetch_source(context, task.source)
    probe = await context.tools.inspector.follow_changes(path, probe)
    context.progress.set_percent(60)
    ladder = choose_ladder(probe.picture_size, output_formats=task.output_formats)
    duration = probe.video_duration_seconds + find_held_seconds(probe)
    sound = await choose_sound(context.tools.inspector, path, probe)
    plan = Plan(
        ladder=ladder.rungs,
        chunks=plan_chunks(duration),
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
        await context.tools.inspector.take_thumbnail(path, probe, thumbnail)
    except ThumbnailFailed as error:
        log.warning("no thumbnail", reason=str(error))
        warnings.append(JobWarning(code="no_thumbnail", message="No thumbnail of the video could be made."))
        thumbnail_key = None
    else:
        await context.upload(thumbnail, name=THUMBNAIL_NAME)
        thumbnail_key = context.build_key(THUMBNAIL_NAME)
    context.tools.scratch.source_cache.keep(task.source, path, probe=probe)
    return PrepareResult(
        plan=plan,
        skipped=ladder.skipped,
        warnings=warnings,
        thumbnail_key=thumbnail_key,
        source=probe.facts,
    )


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
