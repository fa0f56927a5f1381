"""One JPEG of a video: upright, square pixels, 640 wide, tone-mapped where the source is HDR."""

from pathlib import Path
from typing import Final

from videoforge_media.cage import CageLimits
from videoforge_media.caged_run import CagedRunTimedOut, run_caged
from videoforge_media.decoder import build_decoder_options
from videoforge_media.ffprobe import PROTOCOLS, VIDEO_FORMATS
from videoforge_media.picture import build_jpeg_filters, build_picture_filters
from videoforge_media.probe import Probe

THUMBNAIL_WIDTH: Final = 640

#: a 4K HDR picture in float takes 600 MB; 4 GiB of address space leaves room for the decoder's frames
_LIMITS: Final = CageLimits(address_space_bytes=4 << 30, cpu_seconds=60, file_size_bytes=16 << 20)


class ThumbnailFailed(Exception):
    """ffmpeg made no picture; the message holds its last words. The video may still be a good one."""


def choose_thumbnail_seconds(duration_seconds: float) -> float:
    """Return the moment to show: a tenth into the video but 1 s at least, past the black that many begin
    with, and never beyond the middle of a very short one."""
    return min(max(1.0, duration_seconds * 0.1), duration_seconds / 2)


def build_thumbnail_command(
    probe: Probe, *, source: Path, target: Path, ffmpeg: str, at_seconds: float | None = None
) -> list[str]:
    """Return the command that writes one JPEG."""
    at = choose_thumbnail_seconds(probe.duration_seconds) if at_seconds is None else at_seconds
    height = max(2, round(THUMBNAIL_WIDTH * probe.height / probe.width / 2) * 2)
    filters = build_picture_filters(
        probe, width=THUMBNAIL_WIDTH, height=height, tone_map=probe.tone_map_curve
    )
    filters += build_jpeg_filters()
    return [
        ffmpeg,
        *("-nostdin", "-v", "error", "-y"),
        *("-protocol_whitelist", PROTOCOLS, "-format_whitelist", VIDEO_FORMATS),
        *("-ss", f"{at:.3f}"),  # before -i: jumps to the key frame; after it all frames before are decoded
        *("-threads", "1"),  # one frame is wanted: more threads decode frames that nobody sees
        *build_decoder_options(probe),
        *(["-noautorotate"] if probe.is_rotation_odd else []),
        *("-i", f"file:{source}"),
        *("-map", f"0:{probe.video_stream}", "-frames:v", "1"),
        *("-vf", ",".join(filters)),
        *("-map_metadata", "-1"),  # no place or device of the recording in a public picture
        *("-q:v", "3", "-f", "image2", "-update", "1", f"file:{target}"),
    ]


def take_thumbnail(
    path: Path,
    probe: Probe,
    target: Path,
    *,
    ffmpeg: str,
    timeout_seconds: float = 30,
    at_seconds: float | None = None,
) -> None:
    """Write the picture of a moment, or of the one that choose_thumbnail_seconds finds, to `target`.

    FFmpeg 5.1 and later make the same picture. Raises ThumbnailFailed. A seek that finds no frame (an index
    that lies) is tried once more from the start.
    """
    problem = ""
    for moment in dict.fromkeys((at_seconds, 0.0)):
        command = build_thumbnail_command(probe, source=path, target=target, ffmpeg=ffmpeg, at_seconds=moment)
        try:
            problem = run_caged(command, limits=_LIMITS, timeout_seconds=timeout_seconds).stderr[-1000:]
        except CagedRunTimedOut as error:
            problem = str(error)
        if target.exists() and target.stat().st_size > 0:
            return
    raise ThumbnailFailed(problem)
