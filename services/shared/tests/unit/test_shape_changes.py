"""How changes of the picture in mid-stream are found in the output of ffmpeg and ffprobe, and that
sources without any cost nothing."""

import struct
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from videoforge_media import shape_changes
from videoforge_media.fitting import AspectChange, build_bars, build_fitting_size
from videoforge_media.probe import Probe, parse_probe
from videoforge_media.shape_changes import (
    KeyPicture,
    apply_changes,
    count_headers,
    follow_changes,
    has_several_descriptions,
    read_key_pictures,
    shift_clock,
)

WIDE, NARROW = Fraction(16, 11), Fraction(12, 11)


def build_probe(container: str = "mpegts", *, codec: str = "h264", seconds: float = 60) -> Probe:
    video = {"index": 0, "codec_type": "video", "codec_name": codec, "width": 352, "height": 288}
    video |= {"sample_aspect_ratio": "12:11", "avg_frame_rate": "25/1", "r_frame_rate": "25/1"}
    form = {"format_name": container, "duration": str(seconds), "start_time": "1.4"}
    probe = parse_probe({"streams": [video], "format": form}, file_size_bytes=1)
    return replace(probe, clock_starts_at_seconds=1.4)


def build_box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def write_mp4(path: Path, *, descriptions: int) -> Path:
    table = build_box(b"stsd", bytes(8), *[build_box(b"avc1", bytes(78))] * descriptions)
    about = build_box(b"hdlr", bytes(8), b"vide", bytes(12))
    track = build_box(b"trak", build_box(b"mdia", about, build_box(b"minf", build_box(b"stbl", table))))
    path.write_bytes(build_box(b"ftyp", b"isom", bytes(4)) + build_box(b"moov", track, track))
    return path


def test_key_pictures_stand_where_their_packets_do_when_the_clock_jumps() -> None:
    """Two recordings joined: the second starts at 1.4 s again. A picture is returned after the next
    was read."""
    lines = [
        "packet,0,1.400000,1.400000,1.000000,K_,side_data,",
        "packet,0,2.400000,2.400000,1.000000,__",
        "packet,0,1.400000,1.400000,1.000000,K_",
        "frame,1.400000,352,288,12:11,side_data,",
        "packet,0,2.400000,2.400000,1.000000,__",
        "frame,1.400000,352,288,16:11",
    ]
    found = list(read_key_pictures(lines, probe=build_probe()))
    assert [picture.pixel_aspect for picture in found] == [NARROW, WIDE]
    assert [picture.at_seconds for picture in found] == pytest.approx([0, 2])


@pytest.mark.parametrize("line", ["", "frame", "frame,N/A,1,1,1:1", "frame,1,0,9,1:1", "frame,1,x,9", "a,b"])
def test_nonsense_is_no_picture(line: str) -> None:
    assert not list(read_key_pictures([line], probe=build_probe()))


def test_headers_that_repeat_are_one() -> None:
    line = "0, 0, 0, 3600, 999, 0x80bcfe9e, S=2, MPEGTS Stream ID, 1, 0x00e000e0, New Extradata, 22, 0x419c"
    assert count_headers(["#tb 0: 1/90000", line, line]) == 1
    assert count_headers([line, line.replace("0x419c", "0x428c")]) == 2


def test_the_largest_picture_counts_as_shown() -> None:
    pictures = [KeyPicture(0, 320, 180, Fraction(1)), KeyPicture(1, 180, 400, Fraction(1))]
    found = apply_changes(replace(build_probe("matroska"), rotation_degrees=90), pictures)
    assert (found.width, found.height, found.aspect_changes) == (400, 180, ())


def test_one_shape_changes_nothing() -> None:
    probe = build_probe()
    assert apply_changes(probe, [KeyPicture(0, 352, 288, NARROW)] * 3) == probe
    assert apply_changes(probe, []) == probe


def test_an_aspect_changes_half_a_picture_before_it_is_seen() -> None:
    pictures = [KeyPicture(at, 352, 288, WIDE if at == 2 else NARROW) for at in (0, 1, 2, 3)]
    found = apply_changes(build_probe(), pictures)
    expected = [AspectChange(-0.02, NARROW), AspectChange(1.98, WIDE), AspectChange(2.98, NARROW)]
    assert [change.pixel_aspect for change in found.aspect_changes] == [c.pixel_aspect for c in expected]
    times = [change.at_seconds for change in shift_clock(found, 1.5).aspect_changes]
    assert times == pytest.approx([change.at_seconds - 1.5 for change in expected])
    assert (found.width, found.height) == (512, 288)


def test_the_scaler_is_told_when_and_bars_follow() -> None:
    aspects = [AspectChange(-0.02, NARROW), AspectChange(1.98, WIDE)]
    size = build_fitting_size(512, 288, aspects=aspects)
    assert "(a*(12/11+4/11*gte(t,1.980)))" in size and size.endswith(":eval=frame")
    assert build_bars(512, 288, aspects=aspects) == "pad=512:288:-1:-1:eval=frame"
    assert "eval" not in build_fitting_size(512, 288) + build_bars(512, 288)


@pytest.mark.parametrize(("descriptions", "is_looked_at"), [(1, False), (2, True)])
def test_an_mp4_is_looked_at_where_it_describes_its_pictures_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, descriptions: int, is_looked_at: bool
) -> None:
    source, runs = write_mp4(tmp_path / "a.mp4", descriptions=descriptions), []

    def run(command: list[str], **limits: Any) -> None:
        runs.append(command)

    monkeypatch.setattr(shape_changes, "run_sandboxed_lines", run)
    probe = build_probe("mp4")
    assert has_several_descriptions(source) is is_looked_at
    assert follow_changes(source, probe, ffprobe="ffprobe", ffmpeg="ffmpeg") == probe
    assert len(runs) == is_looked_at


@pytest.mark.parametrize(
    ("container", "codec"), [("mp4", "h264"), ("avi", "mpeg4"), ("matroska", "ffv1"), ("mxf", "mpeg2video")]
)
def test_a_header_that_can_be_trusted_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, container: str, codec: str
) -> None:
    monkeypatch.setattr(shape_changes, "run_sandboxed_lines", None)
    source = write_mp4(tmp_path / "a", descriptions=1)
    probe = build_probe(container, codec=codec)
    assert follow_changes(source, probe, ffprobe="ffprobe", ffmpeg="ffmpeg") == probe
