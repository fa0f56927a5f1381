"""The publish gate: what must be true of a rendition before it is published.

ffmpeg's exit code proves nothing: it exits 0 on a full disk and on a source that breaks off in the
middle. All checks are pure; each fault is a sentence for the log. The encode detects a source that
ends early (use_cases/encode.py); here an MP4 and a playlist are compared with the segments that
they are made of.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from video_processor.domain.playlist import list_referenced_keys
from videoforge.messages import EncodedTrack, Plan, Rung
from videoforge_media.length import find_tolerance_seconds, is_too_short
from videoforge_media.probe import Probe


def check_mp4(probe: Probe, *, rung: Rung, duration_seconds: float, has_audio: bool) -> list[str]:
    """Return the faults of a finished MP4; empty if there are none. `duration_seconds` is the
    duration of its segments."""
    faults = []
    if (probe.width, probe.height) != (rung.width, rung.height):
        faults.append(f"{rung.format} is {probe.resolution}, wanted {rung.width}x{rung.height}")
    if probe.video_codec != "h264" or probe.pixel_format != "yuv420p":
        faults.append(f"{rung.format} is {probe.video_codec} {probe.pixel_format}")
    if probe.rotation_degrees or probe.pixel_aspect != 1:
        faults.append(f"{rung.format} is turned or has uneven pixels")
    if has_audio != (probe.audio_codec == "aac"):
        faults.append(f"{rung.format} has audio {probe.audio_codec}")
    off_by = abs(probe.video_duration_seconds - duration_seconds)
    if off_by > find_tolerance_seconds(duration_seconds):
        shown = f"{probe.video_duration_seconds:.3f} s, wanted {duration_seconds:.3f} s"
        faults.append(f"{rung.format} lasts {shown}")
    return faults


def check_playlist(
    playlist: str,
    *,
    playlist_key: str,
    track: EncodedTrack,
    stored_sizes: Mapping[str, int],
) -> list[str]:
    """Return the faults of a playlist and of the objects that it names. `stored_sizes` maps each
    key to its size in bytes in the store."""
    faults = []
    lines = playlist.splitlines()
    if not lines or lines[0] != "#EXTM3U" or lines[-1] != "#EXT-X-ENDLIST":
        faults.append(f"{track.format}: the playlist has no head or no end")
    expected = {segment.key: segment.size_bytes for segment in track.segments}
    for key in list_referenced_keys(playlist, playlist_key=playlist_key):
        size = stored_sizes.get(key, 0)
        if size == 0:
            faults.append(f"{track.format}: {key} is missing or empty")
        elif size != expected.get(key, size):
            faults.append(f"{track.format}: {key} has {size} bytes, wanted {expected[key]}")
    return faults


def check_chunks(tracks: Sequence[EncodedTrack], *, plan: Plan) -> list[str]:
    """Return the faults of one rendition's chunks, in order: all have the same init segment, and
    only the last that has frames may have fewer than planned, where the source ends."""
    rate = Fraction(plan.frame_rate)
    faults = []
    if len(tracks) != len(plan.chunks):
        faults.append(f"{len(tracks)} of {len(plan.chunks)} chunks are there")
    if len({track.init_sha256 for track in tracks if track.segments}) > 1:
        faults.append("the chunks have different init segments")
    for before, track, chunk in zip(tracks, tracks[1:], plan.chunks, strict=False):
        made, planned = round(sum_seconds(before) * rate), round(chunk.duration_seconds * rate)
        if track.segments and made != planned:
            faults.append(f"chunk {chunk.index} has {made} frames, wanted {planned}")
    return [f"{tracks[0].format}: {fault}" for fault in faults]


def check_tracks(
    tracks: Sequence[EncodedTrack], *, ladder: Sequence[Rung], duration_seconds: float
) -> list[str]:
    """Return the faults of the set of renditions: each rung occurs once, has non-empty segments,
    and is not much shorter than planned."""
    faults = []
    if [track.format for track in tracks] != [rung.format for rung in ladder]:
        faults.append("the renditions are not those of the ladder")
    for track in tracks:
        if not track.init_key or not track.segments:
            faults.append(f"{track.format} has no segments")
        if any(segment.size_bytes <= 0 for segment in track.segments):
            faults.append(f"{track.format} has an empty segment")
        total = sum_seconds(track)
        if is_too_short(total, of_seconds=duration_seconds):
            faults.append(f"{track.format}: segments last {total:.3f} s, wanted {duration_seconds:.3f} s")
    if len({len(track.segments) for track in tracks}) > 1:
        faults.append("the renditions differ in their number of segments")
    return faults


def sum_seconds(track: EncodedTrack) -> float:
    return sum(segment.duration_seconds for segment in track.segments)
