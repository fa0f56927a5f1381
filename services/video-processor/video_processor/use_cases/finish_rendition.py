"""Finishes one rendition, or the sound, from its joined segments: MP4, media playlist, and the
publish gate for both.

Independent steps run side by side: nobody sees a file before the task is complete, so an MP4 is
uploaded while it is checked, and a fault of either ends both.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from pathlib import Path

from video_processor.bounded import raise_first_error
from video_processor.domain.codecs import AAC_LC, read_avc_codec
from video_processor.domain.encode_job import PLAYLIST_NAME
from video_processor.domain.gate import check_mp4, check_playlist, sum_seconds
from video_processor.errors import OutputRefused
from video_processor.use_cases.context import TaskContext
from videoforge.media_playlist import build_media_playlist
from videoforge.messages import EncodedTrack, FinishedAudio, FinishedRendition, Plan, Rung
from videoforge.problem_codes import Code


async def finish_rendition(
    context: TaskContext,
    *,
    rung: Rung,
    track: EncodedTrack,
    plan: Plan,
    video: Path,
    sound: Awaitable[Path | None],
) -> FinishedRendition:
    """Return the stored rendition. `video` is its joined file, `sound` yields the joined sound's.
    Raises OutputRefused, EncodeFailed, StoreFailed."""
    target = context.folder / f"{rung.format}.mp4"
    with raise_first_error():
        async with asyncio.TaskGroup() as group:
            playlist = group.create_task(_publish_playlist(context, track))
            audio = await sound
            with context.clock.measure("encode"):
                run = await context.tools.ffmpeg.copy_to_mp4(video, audio=audio, target=target)
            context.clock.cpu_seconds += run.cpu_seconds
            duration = group.create_task(
                _check_mp4(context, target, rung=rung, track=track, has_audio=audio is not None)
            )
            mp4_size = group.create_task(_upload_checked(context, target, name=target.name))
    target.unlink()
    with video.open("rb") as file:
        codecs = read_avc_codec(file.read(track.init_size_bytes))
    return FinishedRendition(
        format=rung.format,
        width=rung.width,
        height=rung.height,
        frame_rate=plan.frame_rate,
        codecs=codecs,
        bitrate_bps=_find_average_bps(track),
        peak_bitrate_bps=_find_peak_bps(track),
        duration_seconds=round(duration.result(), 6),
        size_bytes=count_bytes(track),
        playlist_key=playlist.result(),
        mp4_key=context.build_key(target.name),
        mp4_size_bytes=mp4_size.result(),
    )


async def _check_mp4(
    context: TaskContext, path: Path, *, rung: Rung, track: EncodedTrack, has_audio: bool
) -> float:
    """Return the MP4's duration in seconds. Raises OutputRefused."""
    probe = await context.tools.inspector.probe(path)
    refuse(check_mp4(probe, rung=rung, duration_seconds=sum_seconds(track), has_audio=has_audio))
    return probe.duration_seconds


async def finish_audio(context: TaskContext, track: EncodedTrack) -> FinishedAudio:
    """The sound may be shorter than the picture, as it was in the source."""
    return FinishedAudio(
        codecs=AAC_LC,
        bitrate_bps=_find_average_bps(track),
        size_bytes=count_bytes(track),
        playlist_key=await _publish_playlist(context, track),
    )


async def _publish_playlist(context: TaskContext, track: EncodedTrack) -> str:
    """Write, check and store the media playlist of a joined track, and return its key.

    The segments' sizes count as stored: join_track has just read each of them completely.
    """
    name = f"{track.format}/{PLAYLIST_NAME}"
    key = context.build_key(name)
    text = build_media_playlist(track.segments, playlist_key=key, init_key=track.init_key or "")
    stored_sizes = {segment.key: segment.size_bytes for segment in track.segments}
    stored_sizes[track.init_key or ""] = track.init_size_bytes
    refuse(
        check_playlist(
            text,
            playlist_key=key,
            track=track,
            stored_sizes=stored_sizes,
        )
    )
    path = context.folder / f"{track.format}.m3u8"
    path.write_text(text)
    await _upload_checked(context, path, name=name)
    return key


async def _upload_checked(context: TaskContext, path: Path, *, name: str) -> int:
    """Store a file, ask the store for its size, and return the size."""
    size = await context.upload(path, name=name)
    stored = await context.call_store(lambda: context.tools.store.find_size(context.build_key(name)))
    if stored != size:
        refuse([f"{name}: {size} bytes were stored, the store has {stored}"])
    return size


def refuse(faults: Sequence[str]) -> None:
    if faults:
        raise OutputRefused(
            Code.output_incomplete,
            f"The encoded video did not pass the final check: {'; '.join(faults[:5])}.",
        )


def count_bytes(track: EncodedTrack) -> int:
    return track.init_size_bytes + sum(segment.size_bytes for segment in track.segments)


def _find_average_bps(track: EncodedTrack) -> int:
    return round(8 * sum(segment.size_bytes for segment in track.segments) / sum_seconds(track))


def _find_peak_bps(track: EncodedTrack) -> int:
    """The largest segment's bitrate (RFC 8216, 4.3.4.2). A short last segment does not count unless
    it is the only one: its few frames are mostly key frame."""
    counted = [s for s in track.segments if s.duration_seconds >= 1] or track.segments
    return max(round(8 * segment.size_bytes / segment.duration_seconds) for segment in counted)
