"""ffmpeg's command line for one picture of a video, as a pure list of arguments.

It writes the JPEG, and a second, tiny grey picture from which thumbnail.py judges the first.
"""

from pathlib import Path
from typing import Final

from videoforge_media.decoder import build_decoder_options
from videoforge_media.ffprobe import PROTOCOLS, VIDEO_FORMATS
from videoforge_media.picture import build_jpeg_filters, build_picture_filters
from videoforge_media.probe import Probe
from videoforge_media.raw_stream import RAW_FORMATS
from videoforge_media.shape_changes import shift_clock

THUMBNAIL_WIDTH: Final = 640
#: a JPEG has at most 65,500 lines, and no page shows a picture longer than a few screens
_MAX_HEIGHT: Final = 2560
LOOK_WIDTH: Final = 64
LOOK_HEIGHT: Final = 36

#: Formats without an index: a seek ends between key frames, and decoders return pictures without a
#: reference as grey or garbage.
_WITHOUT_INDEX: Final = {"mpegts", "mpeg"}
#: How long before the moment reading starts in such a file, to reach a key frame: broadcasts have
#: one every half to two seconds. Less for 4K, whose frames take ten times as long to decode.
_LEAD_SECONDS: Final = 4.0
_LEAD_SECONDS_4K: Final = 2.0
_LARGE_PIXELS: Final = 2560 * 1440


def has_index(probe: Probe) -> bool:
    return probe.container not in _WITHOUT_INDEX | RAW_FORMATS


def can_seek(probe: Probe) -> bool:
    """FFmpeg can only read a raw stream from the start."""
    return probe.container not in RAW_FORMATS


def build_thumbnail_command(
    probe: Probe, *, source: Path, target: Path, look: Path, ffmpeg: str, at_seconds: float | None
) -> list[str]:
    """Return the command that writes one JPEG, and its grey copy as LOOK_WIDTH × LOOK_HEIGHT bytes.
    Without a moment it is the first picture, found without a seek: some files cannot seek at
    all."""
    lead = _find_lead(probe, at_seconds=at_seconds)
    seek = [] if at_seconds is None or at_seconds <= lead else ["-ss", f"{at_seconds - lead:.3f}"]
    skip = min(at_seconds or 0.0, lead)
    return [
        ffmpeg,
        *("-nostdin", "-v", "error", "-y"),
        *("-protocol_whitelist", PROTOCOLS, "-format_whitelist", VIDEO_FORMATS),
        *seek,  # before -i: jumps to the key frame; after -i all earlier frames are decoded
        *("-threads", "1"),  # only one frame is needed: more threads decode frames that are discarded
        *build_decoder_options(probe),
        *(["-noautorotate"] if probe.is_rotation_odd else []),
        *("-i", f"file:{source}"),
        *("-filter_complex", _build_graph(shift_clock(probe, (at_seconds or 0.0) - skip), skip_seconds=skip)),
        *("-map", "[picture]", "-frames:v", "1"),
        *("-map_metadata", "-1"),  # no location or device of the recording in a public picture
        *("-q:v", "3", "-f", "image2", "-update", "1", f"file:{target}"),
        *("-map", "[look]", "-frames:v", "1", "-f", "rawvideo", f"file:{look}"),
    ]


def _find_lead(probe: Probe, *, at_seconds: float | None) -> float:
    if has_index(probe) or at_seconds is None:
        return 0.0
    is_large = probe.coded_width * probe.coded_height > _LARGE_PIXELS
    return _LEAD_SECONDS_4K if is_large else _LEAD_SECONDS


def _build_graph(probe: Probe, *, skip_seconds: float) -> str:
    filters = []
    if not has_index(probe):
        # Count from the first key frame: pictures before it have no reference.
        filters += ["select=key+gt(selected_n\\,0)", f"select=gte(t\\,{skip_seconds:.3f})"]
    width, height = _find_size(probe)
    filters += build_picture_filters(probe, width=width, height=height, tone_map=probe.tone_map_curve)
    filters += build_jpeg_filters()
    look = f"scale={LOOK_WIDTH}:{LOOK_HEIGHT}:flags=area,format=gray"
    chain = ",".join(filters)
    return f"[0:{probe.video_stream}]{chain},split=2[picture][small];[small]{look}[look]"


def _find_size(probe: Probe) -> tuple[int, int]:
    """Return width and height, both even; narrower than THUMBNAIL_WIDTH if the picture would be too
    tall."""
    height = THUMBNAIL_WIDTH * probe.height / probe.width
    shrink = min(1.0, _MAX_HEIGHT / height)
    return max(2, round(THUMBNAIL_WIDTH * shrink / 2) * 2), max(2, round(height * shrink / 2) * 2)
