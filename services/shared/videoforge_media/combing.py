"""A look at some pictures for fields: whether those that carry no mark are woven of two moments all the same.

The lines of two pictures are woven anew, the even ones of one with the odd ones of the next, and the other
way round. Between whole pictures that makes combs both ways. Where a picture is woven of two fields, one of
the two ways joins neighbours in time and is no more combed than the picture as it is; the other joins what
lies three fields apart, and is. idet, which compares pictures too, takes whole ones with fine edges for
fields (own trial, 2026-11). Pictures that carry a mark are left out: the deinterlacer finds them.
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
#: a longer film is looked at in three places, since the first may be a title that stands still
_LONG_SECONDS: Final = 60
_LIMITS: Final = SandboxLimits(address_space_bytes=4 << 30, cpu_seconds=60, file_size_bytes=1 << 20)
#: each picture's combs come as so many means of a part of it: one mean in a byte would be too coarse
_PARTS: Final = 32 * 32
#: Of 255: by so much at least the way that joins distant fields has to be more combed than the other one.
#: Whole pictures, noise and what stands still had 0.1 and less, a test pattern that rises 0.5.
_MIN_MOTION: Final = 0.3
#: How far the better way may lie from the picture as it is, as a share of how far the worse one does: fields
#: had up to 0.4 (0.6 where all of the picture rises or falls), whole pictures in motion 0.8 and more. What
#: moves up is more combed one way, what moves down the other way, so that the two never are alike.
_MAX_SHARE: Final = 0.5


def list_sample_seconds(duration_seconds: float) -> list[float]:
    parts = (0.15, 0.5, 0.85) if duration_seconds > _LONG_SECONDS else (0.3,)
    return [round(duration_seconds * part, 3) for part in parts]


def build_combing_command(probe: Probe, *, source: Path, ffmpeg: str, at_seconds: float) -> list[str]:
    """Return the command that prints the combs of pictures as they are, woven anew for `tff` and for `bff`,
    one after the other, as ASCII bytes: whatever is 127 or more counts as 127."""
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
        # from the key frame before: any half second will do, and the way to an exact one costs as much again
        *("-nostdin", "-v", "error", "-noaccurate_seek", "-ss", f"{at_seconds:.3f}"),
        *("-protocol_whitelist", PROTOCOLS, "-format_whitelist", VIDEO_FORMATS, "-i", f"file:{source}"),
        *("-filter_complex", graph, "-map", "[combs]"),
        *("-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1"),
    ]


def judge_combs(text: str) -> FieldOrder | None:
    """Return the order of fields that the combs of some pictures show, None for whole pictures, for what
    stands still, and for fewer than three pictures."""
    pictures = [text[at : at + _PARTS] for at in range(0, len(text) - _PARTS + 1, _PARTS)]
    count = (len(pictures) + 2) // 3  # woven anew there is one fewer, twice
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
    """Return the order of fields in pictures that are not marked; None for whole pictures, and where they
    cannot be looked at: the picture is then left as its marks say."""
    for at in list_sample_seconds(probe.video_duration_seconds):
        command = build_combing_command(probe, source=path, ffmpeg=ffmpeg, at_seconds=at)
        try:
            combs = run_sandboxed(command, limits=_LIMITS, timeout_seconds=timeout_seconds).stdout
        except SandboxTimedOut:
            return None
        if order := judge_combs(combs):
            return order
    return None
