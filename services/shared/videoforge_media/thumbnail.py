"""One JPEG of a video: upright, square pixels, 640 wide, tone-mapped if the source is HDR.

The picture is judged after it was made: a flat one (black, grey, a fade) or one with decoding
errors is not used while another moment of the video has a better one.
"""

import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from videoforge_media.probe import Probe
from videoforge_media.sandbox import SandboxLimits
from videoforge_media.sandbox_run import SandboxTimedOut, run_sandboxed
from videoforge_media.thumbnail_command import (
    LOOK_HEIGHT,
    LOOK_WIDTH,
    build_thumbnail_command,
    can_seek,
    has_index,
)

#: a 4K HDR picture in float takes 600 MB; 4 GiB of address space leaves room for the decoder's
#: frames
_LIMITS: Final = SandboxLimits(address_space_bytes=4 << 30, cpu_seconds=60, file_size_bytes=16 << 20)
#: Standard deviation of the luma, of 255: the grey of a missing reference had 5.6, test patterns
#: have 60 and more (own measurement, 2026-11).
_FLAT: Final = 8.0
#: What decoders print when they conceal unreadable data: H.264, HEVC, MPEG-2 and -4, JPEG 2000,
#: AV1, Motion JPEG.
_CONCEALED: Final = re.compile(
    r"(?i)concealing|error while decoding|could not find ref|missing reference|no frame!|slice_header error"
    r"|corrupt|error submitting packet|missing picture in access unit|ac-tex damaged|mb incr damaged"
    r"|high throughput|bpno became|not supported|invalid data found when processing"
    r"|error count|error y=|overread"
)
#: for a file of which only the first part is here, or that can only be read from the start
_EARLY_SECONDS: Final = (1.0, 3.0)


class ThumbnailFailed(Exception):
    """ffmpeg made no picture; the message contains its last output. The video may still be good."""


@dataclass(frozen=True)
class _Try:
    """The result of one moment; `deviation` is None without a picture."""

    deviation: float | None
    is_concealed: bool
    words: str

    @property
    def is_good(self) -> bool:
        return self.deviation is not None and self.deviation >= _FLAT and not self.is_concealed


def choose_thumbnail_seconds(duration_seconds: float) -> float:
    """Return the moment to show: a tenth into the video but at least 1 s, past the black that many
    start with, and never past the middle of a very short one."""
    return min(max(1.0, duration_seconds * 0.1), duration_seconds / 2)


def list_moments(duration_seconds: float, *, is_whole: bool) -> Iterator[float | None]:
    """Yield the moments to try, best first; None is the first picture that can be found."""
    if not is_whole:
        yield from (None, *(at for at in _EARLY_SECONDS if at < duration_seconds))
        return
    yield choose_thumbnail_seconds(duration_seconds)
    if duration_seconds > 2:
        yield from (duration_seconds * share for share in (0.3, 0.55, 0.8))
    yield None


def take_thumbnail(
    path: Path,
    probe: Probe,
    target: Path,
    *,
    ffmpeg: str,
    timeout_seconds: float = 30,
    is_whole: bool = True,
) -> None:
    """Write a good picture to `target`, or if there is none, the least flat one without decoding
    errors.

    FFmpeg 5.1 and later make the same picture. Raises ThumbnailFailed. All tries together take at
    most `timeout_seconds`. `is_whole` is False if only the first part of the file is here.
    """
    give_up_at = time.monotonic() + timeout_seconds
    best, words = -1.0, ""
    candidate = target.with_name(f"{target.stem}-try{target.suffix}")
    try:
        for moment in list_moments(probe.video_duration_seconds, is_whole=is_whole and can_seek(probe)):
            left = give_up_at - time.monotonic()
            if left <= 0:
                break
            made = _try_moment(path, probe, candidate, ffmpeg=ffmpeg, at_seconds=moment, timeout_seconds=left)
            words = made.words or words
            if made.deviation is not None and not made.is_concealed and made.deviation > best:
                best = made.deviation
                candidate.replace(target)
            if made.is_good:
                return
    finally:
        candidate.unlink(missing_ok=True)
    if best < 0:
        raise ThumbnailFailed(words)


def _try_moment(
    path: Path,
    probe: Probe,
    target: Path,
    *,
    ffmpeg: str,
    at_seconds: float | None,
    timeout_seconds: float,
) -> _Try:
    look = target.with_suffix(".gray")
    target.unlink(missing_ok=True)
    command = build_thumbnail_command(
        probe, source=path, target=target, look=look, ffmpeg=ffmpeg, at_seconds=at_seconds
    )
    try:
        words = run_sandboxed(command, limits=_LIMITS, timeout_seconds=timeout_seconds).stderr[-1000:]
        luma = look.read_bytes() if look.exists() else b""
    except SandboxTimedOut as error:
        return _Try(None, is_concealed=False, words=str(error))
    finally:
        look.unlink(missing_ok=True)
    if len(luma) != LOOK_WIDTH * LOOK_HEIGHT or not target.exists() or target.stat().st_size == 0:
        return _Try(None, is_concealed=False, words=words)
    # Without an index the decoder starts between key frames, and reports errors for pictures that
    # are not shown.
    is_concealed = has_index(probe) and bool(_CONCEALED.search(words))
    return _Try(statistics.pstdev(luma), is_concealed=is_concealed, words=words)
