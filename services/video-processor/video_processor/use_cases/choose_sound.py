"""Chooses a job's sound: the best track that can really be decoded, how it becomes stereo, and what
the user should know about it. A track without usable sound never costs the picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from video_processor.ports import HeardSound, MediaInspector
from videoforge.messages import JobWarning, SoundMix
from videoforge_media.probe import Probe
from videoforge_media.sound_tracks import AudioTrack, find_right_track, is_trusted, rank_tracks

#: Two tracks that belong together start together. When joined, the first waits for the second, in
#: memory.
_PAIR_WITHIN_SECONDS: Final = 10.0


@dataclass(frozen=True)
class ChosenSound:
    """`stream` is None if no track can be used. `is_first_choice` is unset if there are tracks, and
    the best one cannot be used."""

    stream: int | None
    mix: SoundMix
    warnings: Sequence[JobWarning]
    is_first_choice: bool = True


async def choose_sound(inspector: MediaInspector, path: Path, probe: Probe) -> ChosenSound:
    """Return the first track, in order of rank, that can be decoded."""
    ranked = rank_tracks(probe.audio_tracks)
    for track in ranked:
        if is_trusted(track, container=probe.container):
            heard: HeardSound | None = HeardSound(track.starts_at)
        else:
            heard = await inspector.hear_track(path, track)
        if heard is None:
            continue
        right = await _find_right(inspector, path, probe, left=track, starts_at=heard.starts_at)
        mix = SoundMix(
            channels=track.channels,
            right_stream=right.index if right else None,
            ambisonic_order=heard.ambisonic_order,
            gap_seconds=await inspector.find_sound_gap(path, probe, track=track.index),
        )
        warnings = _find_warnings(probe, used=track, mix=mix, best=ranked[0])
        return ChosenSound(track.index, mix, warnings, is_first_choice=track == ranked[0])
    no_audio = _build_no_audio(has_tracks=bool(ranked))
    return ChosenSound(None, SoundMix(), [no_audio], is_first_choice=not ranked)


async def _find_right(
    inspector: MediaInspector, path: Path, probe: Probe, *, left: AudioTrack, starts_at: float | None
) -> AudioTrack | None:
    right = find_right_track(left, probe.audio_tracks, container=probe.container)
    if right is None or starts_at is None or is_trusted(right, container=probe.container):
        return right if starts_at is not None else None
    heard = await inspector.hear_track(path, right)
    if heard is None or heard.starts_at is None:
        return None
    return right if abs(heard.starts_at - starts_at) <= _PAIR_WITHIN_SECONDS else None


def _build_no_audio(*, has_tracks: bool) -> JobWarning:
    message = "The source has no usable sound." if has_tracks else "The source has no sound."
    return JobWarning(code="no_audio", message=message)


def _find_warnings(probe: Probe, *, used: AudioTrack, mix: SoundMix, best: AudioTrack) -> list[JobWarning]:
    found = []
    total, count = len(probe.audio_tracks), 1 if mix.right_stream is None else 2
    if total > count:
        which = "the main one is used" if count == 1 else "the first two are used as left and right"
        found.append((f"The source has {total} audio tracks; {which}.", "audio_tracks_dropped"))
    if used != best:
        found.append(
            (
                "The source's main audio track cannot be used; another one is used instead.",
                "audio_track_replaced",
            )
        )
    if mix.ambisonic_order is not None:
        text = "The source's sound is a sound field (Ambisonics); the renditions have a stereo mix of it."
        found.append((text, "ambisonic_sound_mixed"))
    return [JobWarning(code=code, message=message) for message, code in found]
