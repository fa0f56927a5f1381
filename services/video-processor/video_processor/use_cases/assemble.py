"""assemble: join the segments of all chunks, write MP4s and playlists, and check everything before
it is published. Nothing is encoded again: each segment is downloaded once, joined, and copied into
its MP4."""

import asyncio
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Final

from video_processor.bounded import raise_first_error, run_bounded
from video_processor.domain.gate import check_chunks, check_tracks, sum_seconds
from video_processor.errors import BadSource, OutputRefused, ScratchFull
from video_processor.use_cases.context import TaskContext
from video_processor.use_cases.finish_rendition import count_bytes, finish_audio, finish_rendition, refuse
from video_processor.use_cases.join_track import join_track
from video_processor.use_cases.make_storyboard import make_storyboard
from videoforge.messages import (
    AssembleInput,
    AssembleResult,
    EncodedTrack,
    EncodeResult,
    FinishedAudio,
    FinishedRendition,
    Plan,
    Rung,
)
from videoforge.problem_codes import Code
from videoforge_media.length import is_too_short

#: While one is uploaded the next is downloaded and copied; more at once would need more scratch
#: space for little gain.
_AT_ONCE: Final = 2


async def assemble(context: TaskContext, task: AssembleInput) -> AssembleResult:
    """Return the finished renditions. Raises BadSource if the source ends much too early,
    OutputRefused, EncodeFailed, StoreFailed, ScratchFull."""
    ladder = task.plan.ladder
    tracks = [merge_chunks(task.encoded, plan=task.plan, format=rung.format) for rung in ladder]
    made = sum_seconds(tracks[0])
    if len(task.plan.chunks) > 1 and is_too_short(made, of_seconds=task.plan.duration_seconds):
        raise BadSource(Code.truncated_media, f"The video breaks off after {made:.1f} s.")
    refuse(check_tracks(tracks, ladder=ladder, duration_seconds=task.plan.duration_seconds))
    parallelism = _choose_parallelism(context, tracks)
    # the lowest first, since its storyboard is the longest step; then from the largest down
    order = [0, *range(len(ladder) - 1, 0, -1)]
    with raise_first_error():
        async with asyncio.TaskGroup() as group:
            sound = group.create_task(_join_sound(context, task.sound))
            audio = group.create_task(_finish_sound(context, task.sound, joined=sound))
            making = (
                _make_rendition(context, rung=ladder[index], track=tracks[index], plan=task.plan, sound=sound)
                for index in order
            )
            finished = group.create_task(run_bounded(making, parallelism=parallelism))
    results = dict(zip(order, finished.result(), strict=True))
    return AssembleResult(
        renditions=[results[index][0] for index in range(len(ladder))],
        audio=audio.result(),
        storyboard_key=results[0][1],
    )


def merge_chunks(encoded: Sequence[EncodeResult], *, plan: Plan, format: str) -> EncodedTrack:
    """Return one rendition over all chunks, with the init segment of the first. Raises
    OutputRefused if the chunks do not make one video."""
    parts = [track for result in encoded for track in result.renditions if track.format == format]
    if not parts:
        raise OutputRefused(Code.output_incomplete, f"The rendition {format} was not encoded.")
    refuse(check_chunks(parts, plan=plan))
    segments = [segment for part in parts for segment in part.segments]
    return parts[0].model_copy(update={"segments": segments})


def _choose_parallelism(context: TaskContext, tracks: Sequence[EncodedTrack]) -> int:
    """Return how many renditions to make at once: one if there is no room for more. Each needs room
    for its joined file and for its MP4. Raises ScratchFull."""
    sizes = sorted((count_bytes(track) for track in tracks), reverse=True)
    try:
        context.tools.scratch.check_space(source_bytes=sum(sizes[:_AT_ONCE]))
    except ScratchFull:
        context.tools.scratch.check_space(source_bytes=sizes[0])
        return 1
    return _AT_ONCE


async def _join_sound(context: TaskContext, track: EncodedTrack | None) -> Path | None:
    return await join_track(context, track) if track else None


async def _finish_sound(
    context: TaskContext, track: EncodedTrack | None, *, joined: Awaitable[Path | None]
) -> FinishedAudio | None:
    await joined  # its playlist is compared with the segments that were read
    return await finish_audio(context, track) if track else None


async def _make_rendition(
    context: TaskContext, *, rung: Rung, track: EncodedTrack, plan: Plan, sound: Awaitable[Path | None]
) -> tuple[FinishedRendition, str | None]:
    """Return the rendition, and for the lowest rung the storyboard's key: it has the fewest pixels
    to decode."""
    video = await join_track(context, track)
    is_lowest, seconds = rung == plan.ladder[0], sum_seconds(track)
    with raise_first_error():
        async with asyncio.TaskGroup() as group:
            storyboard = (
                group.create_task(
                    make_storyboard(
                        context,
                        video=video,
                        rung=rung,
                        duration_seconds=seconds,
                        frame_rate=plan.frame_rate,
                    )
                )
                if is_lowest
                else None
            )
            rendition = group.create_task(
                finish_rendition(context, rung=rung, track=track, plan=plan, video=video, sound=sound)
            )
    video.unlink()
    context.progress.set_percent(context.progress.percent + 100 / len(plan.ladder))
    return rendition.result(), storyboard.result() if storyboard else None
