"""assemble: join the segments of all chunks, write MP4s and playlists, and check everything before anyone
may see it. Nothing is encoded again: each segment is fetched once, joined, and copied into its MP4."""

from collections.abc import Sequence
from pathlib import Path

from video_processor.domain.codecs import AAC_LC, read_avc_codec
from video_processor.domain.encode_job import PLAYLIST_NAME
from video_processor.domain.gate import check_mp4, check_playlist, check_tracks
from video_processor.domain.playlist import build_media_playlist
from video_processor.errors import OutputRefused
from video_processor.use_cases.context import TaskContext
from video_processor.use_cases.join_track import join_track
from video_processor.use_cases.make_storyboard import make_storyboard
from videoforge.keys import AUDIO_FOLDER
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


async def assemble(context: TaskContext, task: AssembleInput) -> AssembleResult:
    """Return the finished renditions. Raises OutputRefused, EncodeFailed, StoreFailed, ScratchFull."""
    tracks = [merge_chunks(task.encoded, format=rung.format) for rung in task.plan.ladder]
    _refuse(check_tracks(tracks, ladder=task.plan.ladder))
    context.check_space(max(_count_bytes(track) for track in tracks))
    audio_track = task.encoded[0].audio
    audio_path = await join_track(context, audio_track) if audio_track else None
    audio = await _finish_audio(context, audio_track) if audio_track else None
    renditions, storyboard_key = [], None
    for index, (rung, track) in enumerate(zip(task.plan.ladder, tracks, strict=True)):
        joined = await join_track(context, track)
        if index == 0:  # the smallest one has the fewest pixels to decode
            storyboard_key = await make_storyboard(context, video=joined, rung=rung, plan=task.plan)
        renditions.append(
            await _finish_rendition(
                context, rung=rung, track=track, plan=task.plan, video=joined, audio=audio_path
            )
        )
        joined.unlink()
        context.progress.raise_to(100 * (index + 1) / len(tracks))
    return AssembleResult(renditions=renditions, audio=audio, storyboard_key=storyboard_key)


def merge_chunks(encoded: Sequence[EncodeResult], *, format: str) -> EncodedTrack:
    """Return one rendition over all chunks, with the init segment of the first."""
    parts = [track for result in encoded for track in result.renditions if track.format == format]
    if not parts:
        raise OutputRefused("output_incomplete", f"The rendition {format} was not encoded.")
    segments = [segment for part in parts for segment in part.segments]
    return parts[0].model_copy(update={"segments": segments})


async def _finish_rendition(
    context: TaskContext, *, rung: Rung, track: EncodedTrack, plan: Plan, video: Path, audio: Path | None
) -> FinishedRendition:
    target = context.folder / f"{rung.format}.mp4"
    with context.clock.measure("encode"):
        run = await context.ffmpeg.copy_to_mp4(video, audio=audio, target=target)
    context.clock.cpu_seconds += run.cpu_seconds
    probe = await context.inspector.probe(target)
    _refuse(check_mp4(probe, rung=rung, duration_seconds=plan.duration_seconds, has_audio=audio is not None))
    mp4_size = await _upload_checked(context, target, name=target.name)
    target.unlink()
    playlist_key = await _publish_playlist(context, track, duration_seconds=plan.duration_seconds)
    with video.open("rb") as file:
        codecs = read_avc_codec(file.read(track.init_size_bytes))
    total = _count_bytes(track)
    return FinishedRendition(
        format=rung.format,
        width=rung.width,
        height=rung.height,
        frame_rate=plan.frame_rate,
        codecs=codecs,
        bitrate_bps=_find_average_bps(track),
        peak_bitrate_bps=_find_peak_bps(track),
        duration_seconds=round(probe.duration_seconds, 6),
        size_bytes=total,
        playlist_key=playlist_key,
        mp4_key=context.build_key(target.name),
        mp4_size_bytes=mp4_size,
    )


async def _finish_audio(context: TaskContext, track: EncodedTrack) -> FinishedAudio:
    """The sound may be shorter than the picture, as it was in the source; its own length is what counts."""
    duration = sum(segment.duration_seconds for segment in track.segments)
    return FinishedAudio(
        codecs=AAC_LC,
        bitrate_bps=_find_average_bps(track),
        size_bytes=_count_bytes(track),
        playlist_key=await _publish_playlist(context, track, duration_seconds=duration),
    )


async def _publish_playlist(context: TaskContext, track: EncodedTrack, *, duration_seconds: float) -> str:
    """Write, check and store the media playlist of a joined track, and return its key.

    The segments' sizes stand as stored: join_track has just read each of them whole.
    """
    folder = AUDIO_FOLDER if track.format == AUDIO_FOLDER else track.format
    name = f"{folder}/{PLAYLIST_NAME}"
    key = context.build_key(name)
    text = build_media_playlist(track.segments, playlist_key=key, init_key=track.init_key or "")
    stored_sizes = {segment.key: segment.size_bytes for segment in track.segments}
    stored_sizes[track.init_key or ""] = track.init_size_bytes
    _refuse(
        check_playlist(
            text,
            playlist_key=key,
            track=track,
            stored_sizes=stored_sizes,
            duration_seconds=duration_seconds,
        )
    )
    path = context.folder / f"{folder}.m3u8"
    path.write_text(text)
    await _upload_checked(context, path, name=name)
    return key


async def _upload_checked(context: TaskContext, path: Path, *, name: str) -> int:
    """Store a file, ask the store for its size, and return it."""
    size = await context.upload(path, name=name)
    stored = await context.store.find_size(context.build_key(name))
    if stored != size:
        _refuse([f"{name}: {size} bytes were stored, the store has {stored}"])
    return size


def _refuse(faults: Sequence[str]) -> None:
    if faults:
        raise OutputRefused(
            "output_incomplete", f"The encoded video did not pass the last check: {'; '.join(faults[:5])}."
        )


def _count_bytes(track: EncodedTrack) -> int:
    return track.init_size_bytes + sum(segment.size_bytes for segment in track.segments)


def _find_average_bps(track: EncodedTrack) -> int:
    seconds = sum(segment.duration_seconds for segment in track.segments)
    return round(8 * sum(segment.size_bytes for segment in track.segments) / seconds)


def _find_peak_bps(track: EncodedTrack) -> int:
    """The largest segment's rate (RFC 8216, 4.3.4.2), leaving out a short last one, whose few frames are
    mostly key frame; unless it is the only one."""
    counted = [s for s in track.segments if s.duration_seconds >= 1] or track.segments
    return max(round(8 * segment.size_bytes / segment.duration_seconds) for segment in counted)
