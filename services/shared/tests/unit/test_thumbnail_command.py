"""Which moments are tried for a thumbnail, and with which command."""

from dataclasses import replace
from pathlib import Path

import pytest

from videoforge_media.probe import Probe, parse_probe
from videoforge_media.thumbnail import list_moments
from videoforge_media.thumbnail_command import build_thumbnail_command


@pytest.fixture
def probe() -> Probe:
    video = {"index": 0, "codec_type": "video", "codec_name": "h264", "width": 1280, "height": 720}
    document = {"streams": [video], "format": {"format_name": "mov,mp4", "duration": "60"}}
    return parse_probe(document, file_size_bytes=1)


def build(probe: Probe, *, at_seconds: float | None) -> list[str]:
    target, look = Path("/scratch/a.jpg"), Path("/scratch/a.gray")
    return build_thumbnail_command(
        probe,
        source=Path("/scratch/source"),
        target=target,
        look=look,
        ffmpeg="ffmpeg",
        at_seconds=at_seconds,
    )


@pytest.mark.parametrize(
    ("seconds", "is_whole", "moments"),
    [
        (60.0, True, [6.0, 18.0, 33.0, 48.0, None]),
        (1.0, True, [0.5, None]),
        (0.04, True, [0.02, None]),
        (60.0, False, [None, 1.0, 3.0]),
        (2.0, False, [None, 1.0]),
    ],
)
def test_the_tenth_part_is_tried_first_and_a_seek_is_done_without_last(
    seconds: float, is_whole: bool, moments: list[float | None]
) -> None:
    assert list(list_moments(seconds, is_whole=is_whole)) == pytest.approx(moments)


def test_with_an_index_the_seek_goes_to_the_moment(probe: Probe) -> None:
    command = build(probe, at_seconds=6)
    assert command[command.index("-ss") + 1] == "6.000"
    assert "select" not in command[command.index("-filter_complex") + 1]
    assert "-ss" not in build(probe, at_seconds=None)


@pytest.mark.parametrize(
    ("at_seconds", "size", "seek", "skip"),
    [(6.0, 720, "2.000", 4.0), (6.0, 2160, "4.000", 2.0), (3.0, 720, None, 3.0), (None, 720, None, 0.0)],
)
def test_without_an_index_it_goes_before_it_and_begins_with_a_key_frame(
    probe: Probe, at_seconds: float | None, size: int, seek: str | None, skip: float
) -> None:
    stream = replace(probe, container="mpegts", coded_width=size * 16 // 9, coded_height=size)
    command = build(stream, at_seconds=at_seconds)
    assert (command[command.index("-ss") + 1] if "-ss" in command else None) == seek
    graph = command[command.index("-filter_complex") + 1]
    assert f"[0:0]select=key+gt(selected_n\\,0),select=gte(t\\,{skip:.3f})," in graph


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((1280, 720), "640:360"), ((180, 640), "640:2276"), ((16, 4000), "10:2560"), ((4000, 16), "640:2")],
)
def test_a_picture_is_640_wide_unless_it_would_be_endless(
    probe: Probe, shape: tuple[int, int], expected: str
) -> None:
    command = build(replace(probe, width=shape[0], height=shape[1]), at_seconds=1)
    assert f"pad={expected}:" in command[command.index("-filter_complex") + 1]
