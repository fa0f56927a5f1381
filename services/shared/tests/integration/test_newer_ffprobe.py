"""One of the two ffprobes reads whatever the encoder's FFmpeg reads; exceptions are listed here
with the reason."""

import subprocess
from functools import cache

import imageio_ffmpeg
import pytest

from videoforge_media.ffprobe import VIDEO_FORMATS
from videoforge_media.newer_ffprobe import find_newer_ffprobe, find_read_tracks, needs_newer

pytestmark = pytest.mark.integration

ENCODER, USUAL, NEWER = imageio_ffmpeg.get_ffmpeg_exe(), "ffprobe", find_newer_ffprobe()

#: Codecs that only the encoder decodes.
UNREAD_CODECS = {
    "avs2": "decoded by a library of the encoder alone; no ffprobe tells its size in a stream",
    "avs3": "decoded by a library of the encoder alone; no ffprobe tells its size in a stream",
    "jpegxl_anim": "of a format that is not taken",
    "pdv": "of a format that is not taken",
    "webp_anim": "read in moving_pictures.py",
}
#: Formats that 5.1 does not support, and that are not accepted or not requested.
_SOUND = "ac4 apac bonk g728 iamf laf lc3 osq qoa rka sdns wady wavarc xmd"
LEFT_OUT_FORMATS = {
    **dict.fromkeys(_SOUND.split(), "sound alone"),
    **dict.fromkeys(("hdr_pipe", "jpegxs_pipe"), "single pictures"),
    **dict.fromkeys(("hxvs", "pdv", "usm"), "of one maker's cameras, toys or games"),
    **dict.fromkeys(("avisynth", "dvdvideo"), "open other files"),
    "evc": "the encoder has no decoder for it",
    "jpegxl_anim": "no ffprobe has a decoder for it",
    "rcwt": "captions alone",
    "webp_anim": "read in moving_pictures.py",
}


@cache
def list_rows(program: str, option: str) -> list[list[str]]:
    """Return flags and name of each row."""
    said = subprocess.run([program, "-v", "error", option], check=True, capture_output=True, text=True).stdout
    rows = said.partition("--\n")[2].splitlines()
    return [line[1:].split() for line in rows]


def list_decoded(program: str) -> set[str]:
    """Return the codecs of pictures and sound that it decodes."""
    rows = list_rows(program, "-codecs")
    return {row[1] for row in rows if row[0][0] == "D" and row[0][2] in "VA"} - {"anull", "vnull"}


def list_formats(program: str) -> set[str]:
    """Return the formats that it reads, without devices."""
    rows = [row for row in list_rows(program, "-demuxers") if row[0] == "D" and row[1] != "d"]
    return {name for row in rows for name in row[1].split(",")}


def test_every_codec_that_the_encoder_decodes_is_known_to_a_prober() -> None:
    new = list_decoded(ENCODER) - list_decoded(USUAL)
    assert {"vvc", "apv"} <= new
    assert new - list_decoded(NEWER) == UNREAD_CODECS.keys()


def test_every_format_that_the_encoder_takes_is_known_to_a_prober() -> None:
    new = list_formats(ENCODER) - list_formats(USUAL)
    assert {"vvc", "apv"} <= new & list_formats(NEWER)
    taken = new & set(VIDEO_FORMATS.split(",")) - {"webp_anim"}
    assert new - taken == LEFT_OUT_FORMATS.keys()
    assert taken <= list_formats(NEWER)


def test_an_ffprobe_of_ones_own_takes_the_place_of_the_packages() -> None:
    assert find_newer_ffprobe("/opt/ffprobe") == "/opt/ffprobe"


@pytest.mark.parametrize(
    ("streams", "container", "expected"),
    [
        ([{"codec_type": "video", "codec_name": "h264", "width": 2, "index": 0}], "mp4", False),
        ([{"codec_type": "video", "codec_name": "h264", "index": 0}], "mp4", True),
        ([{"codec_type": "video", "width": 2, "index": 0}], "mp4", True),
        ([{"codec_type": "video", "index": 0, "disposition": {"attached_pic": 1}}], "mp4", False),
        ([{"codec_type": "audio", "codec_name": "mp3", "index": 0}], "mp4", False),
        ([{"codec_type": "audio", "codec_name": "mp3", "index": 0}], "mpegts", True),
        ([{"codec_type": "audio", "index": 0}], "matroska", True),
        ([{"codec_type": "data", "index": 0}], "mp4", False),
    ],
)
def test_the_newer_ffprobe_is_asked_for_unread_tracks_alone(streams, container, expected) -> None:
    assert needs_newer(find_read_tracks({"streams": streams}), container=container) is expected
