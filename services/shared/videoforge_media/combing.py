"""Inspects some pictures that carry no interlacing flag, to find out whether they are interlaced
all the same.

The lines of two consecutive pictures are woven together, the even lines of one with the odd lines
of the next, and the other way round. With progressive pictures both ways produce combing. With
interlaced pictures, one of the two ways joins fields that are neighbours in time and is combed no
more than the picture itself; the other joins fields that are three apart, and is combed. idet,
which also compares pictures, mistakes progressive pictures with fine edges for interlaced ones (own
trial, 2026-11). Flagged pictures are left out: the deinterlacer finds them by itself.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from videoforge_media.ffprobe import PROTOCOLS, VIDEO_FORMATS
from videoforge_media.probe import Probe
from videoforge_media.sandbox import SandboxLimits
from videoforge_media.sandbox_run import SandboxTimedOut, run_sandboxed

FieldOrder = Literal["tff", "bff"]

#: half a second of a broadcast shows motion; 12 pictures of 1080 lines cost 0.3 s of CPU
_FRAMES: Final = 12
#: longer films are sampled in three places, since the first may be a static title
_LONG_SECONDS: Final = 60
_LIMITS: Final = SandboxLimits(address_space_bytes=4 << 30, cpu_seconds=60, file_size_bytes=1 << 20)
#: each picture's combing is output as a grid of averages: a single average in a byte would be too
#: coarse
_PARTS: Final = 32 * 32
#: Of 255: the way that joins distant fields must be combed at least this much more than the other.
#: Progressive pictures, noise and still pictures had 0.1 or less, a test pattern moving up 0.5.
_MIN_MOTION: Final = 0.3
#: The largest accepted difference of the better way from the picture itself, as a share of the
#: worse way's: interlaced pictures had up to 0.4 (0.6 where the whole picture moves vertically),
#: progressive pictures in motion 0.8 and more. Upward motion is combed more one way, downward
#: motion the other way, so that the two are never equal.
_MAX_SHARE: Final = 0.5


def list_sample_seconds(duration_seconds: float) -> list[float]:
    parts = (0.15, 0.5, 0.85) if duration_seconds > _LONG_SECONDS else (0.3,)
    return [round(duration_seconds * part, 3) for part in parts]


def build_combing_command(probe: Probe, *, source: Path, ffmpeg: str, at_seconds: float) -> list[str]:
    """Return the command that outputs the combing of the pictures themselves, of those woven for
    `tff` and of those woven for `bff`, in this order, as ASCII bytes: values above 127 are output
    as 127."""
    graph = (
        f"[0:{probe.video_stream}]trim=end_frame={_FRAMES},select=eq(interlace_type\\,PROGRESSIVE),format=gray,"
        "scale=iw/4:ih:flags=neighbor,setpts=N/TB,split=3[plain][top][bottom];"
        "[top]setfield=tff,separatefields,select=gt(n\\,0),weave=first_field=bottom[tff];"
        "[bottom]setfield=bff,separatefields,select=gt(n\\,0),weave=first_field=top[bff];"
        "[plain][tff][bff]concat=n=3,convolution=0 -1 0 0 2 0 0 -1 0,"
        "scale=32:32:flags=area,lutyuv=y='min(val,127)',format=gray[combs]"
    )
    return [
        ffmpeg,
        # start at the key frame before: any half second will do, and an exact seek costs as much
        # again
        *("-nostdin", "-v", "error", "-noaccurate_seek", "-ss", f"{at_seconds:.3f}"),
        *("-protocol_whitelist", PROTOCOLS, "-format_whitelist", VIDEO_FORMATS, "-i", f"file:{source}"),
        *("-filter_complex", graph, "-map", "[combs]"),
        *("-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1"),
    ]


def judge_combs(text: str) -> FieldOrder | None:
    """Return the field order that the combing shows; None for progressive or still pictures, and
    for fewer than three pictures."""
    pictures = [text[at : at + _PARTS] for at in range(0, len(text) - _PARTS + 1, _PARTS)]
    count = (len(pictures) + 2) // 3  # each of the two woven sequences has one picture fewer
    if count < 3:
        return None
    plain, tff, bff = (
        _find_mean(pictures[:count]),
        _find_mean(pictures[count : 2 * count - 1]),
        _find_mean(pictures[2 * count - 1 :]),
    )
    near, far = min(tff, bff), max(tff, bff)
    if far - near < _MIN_MOTION or near - plain > (far - plain) * _MAX_SHARE:
        return None
    return "tff" if tff < bff else "bff"


def _find_mean(pictures: Sequence[str]) -> float:
    return sum(ord(part) for picture in pictures for part in picture) / (len(pictures) * _PARTS)


def find_hidden_fields(
    path: Path, probe: Probe, *, ffmpeg: str, timeout_seconds: float = 20
) -> FieldOrder | None:
    """Return the field order of unflagged pictures; None if they are progressive or cannot be
    inspected, in which case their flags hold."""
    for at in list_sample_seconds(probe.video_duration_seconds):
        command = build_combing_command(probe, source=path, ffmpeg=ffmpeg, at_seconds=at)
        try:
            combs = run_sandboxed(command, limits=_LIMITS, timeout_seconds=timeout_seconds).stdout
        except SandboxTimedOut:
            return None
        if order := judge_combs(combs):
            return order
    return None
