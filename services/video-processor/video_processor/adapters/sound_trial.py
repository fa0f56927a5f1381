"""Finds out whether the encoder's FFmpeg can convert a sound track to stereo, by decoding its first
few frames. A header does not tell that a track is empty or that its codec has no decoder here."""

import re
from fractions import Fraction
from pathlib import Path
from typing import Final

from video_processor.adapters.ffmpeg_args import build_trial_arguments
from video_processor.ports import HeardSound
from videoforge.messages import SoundMix
from videoforge_media.sandbox import SandboxLimits
from videoforge_media.sandbox_run import SandboxTimedOut, run_sandboxed
from videoforge_media.sound_tracks import AudioTrack, read_ambisonic_order

_LIMITS: Final = SandboxLimits(address_space_bytes=2 << 30, cpu_seconds=60, file_size_bytes=1 << 20)
#: An empty track is only detected at the end of the file: about 30 GB can be read in this time.
_TIMEOUT_SECONDS: Final = 120.0


def hear_track(path: Path, track: AudioTrack, *, ffmpeg: str) -> HeardSound | None:
    """Return the result of the trial, or None if the track contains nothing that can be mixed."""
    order = track.ambisonic_order
    try:
        heard, output = _try(path, track, order=order, ffmpeg=ffmpeg)
        if heard is None and order is None and (order := _find_order(output, track=track)) is not None:
            heard, _ = _try(path, track, order=order, ffmpeg=ffmpeg)
    except SandboxTimedOut:
        return HeardSound(None, order)  # the encode does not wait for sound, so that trying costs nothing
    return heard


def _try(path: Path, track: AudioTrack, *, order: int | None, ffmpeg: str) -> tuple[HeardSound | None, str]:
    mix = SoundMix(channels=track.channels, ambisonic_order=order)
    command = [ffmpeg, *build_trial_arguments(path, track=track.index, mix=mix)]
    run = run_sandboxed(command, limits=_LIMITS, timeout_seconds=_TIMEOUT_SECONDS)
    starts_at = parse_first_time(run.stdout) if run.exit_code == 0 else None
    return (None if starts_at is None else HeardSound(starts_at, order)), run.stderr


def _find_order(output: str, *, track: AudioTrack) -> int | None:
    """Return the order of a sound field that only this FFmpeg recognises, from its list of
    streams."""
    line = re.search(rf"Stream #0:{track.index}\b[^\n]*", output)
    return read_ambisonic_order(line.group()) if line else None


def parse_first_time(frames: str) -> float | None:
    """Return the start of the first frame in seconds, from the framecrc muxer's output."""
    base = re.search(r"^#tb 0: (\d+/\d+)$", frames, re.M)
    first = re.search(r"^0, *-?\d+, *(-?\d+),", frames, re.M)
    return float(int(first.group(1)) * Fraction(base.group(1))) if base and first else None
