"""Sources that the encoder can read and the system's older ffprobe and ffmpeg cannot."""

import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from kit.clips import make_beeps
from kit.edits import edit
from kit.measure import count_frames, describe_picture, measure_difference, measure_seconds, measure_sync

from videoforge_media.errors import MediaRejected
from videoforge_media.ffprobe import probe_file

pytestmark = pytest.mark.integration

VVC = ("-c:v", "libvvenc", "-preset", "faster", "-pix_fmt", "yuv420p10le", "-c:a", "aac")
APV = ("-c:v", "liboapv", "-c:a", "aac")
SOURCES = {
    "VVC in MP4": ("v.mp4", VVC),
    "VVC in MKV": ("v.mkv", VVC),
    "VVC in TS": ("v.ts", VVC),
    "APV in MP4": ("a.mp4", APV),
    "APV in MKV": ("a.mkv", APV),
}
SILENT = {
    "raw VVC": ("v.vvc", VVC[:-2], "30000/1001", "30000/1001"),
    "raw VVC of 25 fps": ("v.vvc", VVC[:-2], "25", "25"),
    "raw APV": ("a.apv", APV[:-2], "50", "30"),
    # its first key picture is not the first one shown, and no sound begins before that
    "VVC in TS without sound": ("v.ts", VVC[:-2], "25", "25"),
}


def check(hold: Any, outcome: Any, source: Path, *, name: str, rate: Fraction, frames: int) -> None:
    """Check the pictures and the length of the output, and that confirm took no poster."""
    assert outcome.refusal is None, outcome.failure
    mp4 = outcome.get_mp4("180p")
    count, seconds, difference = count_frames(mp4), measure_seconds(mp4), measure_difference(mp4, source)
    wanted = float(frames / rate)
    stated = outcome.confirmed.video_duration_seconds
    assert outcome.poster is None
    assert describe_picture(outcome.thumbnail).deviation > 30
    hold(
        name,
        source=f"{frames} pictures of a test pattern",
        expected=f"the same pictures, {wanted:.2f} s",
        seen=f"{count} pictures, {difference:.1f} of 255 off, {seconds:.2f} s, {stated:.2f} s at confirm",
        is_right=count == frames
        and difference < 3
        and abs(seconds - wanted) < 0.05
        and abs(stated - wanted) < 0.05
        and outcome.confirmed.frame_rate == rate,
    )


@pytest.mark.parametrize("name", SOURCES)
async def test_what_is_newer_than_the_first_prober_comes_out_whole(
    transcode: Any, make_clip: Any, hold: Any, name: str
) -> None:
    file, options = SOURCES[name]
    source = make_beeps(make_clip, file, *options, seconds=2, rate="10")
    outcome = await transcode(source)
    check(hold, outcome, source, name=name, rate=Fraction(10), frames=20)
    offsets = measure_sync(outcome.get_mp4("180p"))
    assert offsets
    assert max(map(abs, offsets)) <= 25  # a TS begins with 21 ms of sound before the picture, as H.264's do


@pytest.mark.parametrize("name", SILENT)
async def test_a_picture_without_sound_has_the_rate_that_the_encoder_gives_it(
    transcode: Any, make_clip: Any, hold: Any, name: str
) -> None:
    file, options, rate, expected = SILENT[name]
    source = make_clip(file, "-f", "lavfi", "-i", f"testsrc2=s=320x180:r={rate}:d=1", *options)
    outcome = await transcode(source)
    frames = round(Fraction(rate))
    check(hold, outcome, source, name=name, rate=Fraction(expected), frames=frames)
    assert ("frame_rate_assumed" in outcome.warnings) == (name == "raw APV")


async def test_the_ladder_follows_the_largest_picture_of_vvc(
    transcode: Any, make_clip: Any, hold: Any
) -> None:
    """Only the newer ffprobe can decode the key pictures."""
    small, large = (
        make_beeps(make_clip, f"{size}.ts", *VVC, seconds=2, rate="10", size=size)
        for size in ("320x180", "640x360")
    )
    joined = edit(small, "joined.ts", lambda content: content.extend(large.read_bytes()))
    outcome = await transcode(joined)
    assert outcome.refusal is None, outcome.failure
    seen = [rendition.format for rendition in outcome.job.assembled.renditions]
    hold(
        "VVC of two sizes",
        source="TS, 320×180, then 640×360",
        expected="360p",
        seen=", ".join(seen),
        is_right=seen == ["360p"],
    )


async def test_sound_of_an_unknown_codec_costs_neither_poster_nor_picture(
    transcode: Any, make_clip: Any
) -> None:
    """Dolby AC-4 next to AAC: the first ffprobe does not know it, the second one does."""
    film = make_beeps(make_clip, "film.mp4", seconds=2)
    two = make_clip("two.mp4", "-i", str(film), "-map", "0:v", "-map", "0:a", "-map", "0:a", "-c", "copy")

    def rename_last(content: bytearray) -> None:
        for old, new in ((b"mp4a", b"ac-4"), (b"esds", b"free")):
            at = content.rindex(old)
            content[at : at + 4] = new

    outcome = await transcode(edit(two, "ac4.mp4", rename_last))
    assert outcome.refusal is None, outcome.failure
    assert outcome.poster
    assert [track.codec for track in outcome.confirmed.audio_tracks] == ["aac", "ac4"]
    assert outcome.confirmed.audio_codec == "aac"
    assert "audio_tracks_dropped" in outcome.warnings


@pytest.fixture
def newer(tmp_path: Path) -> tuple[str, Callable[[], int]]:
    """Return a fake of the newer ffprobe, and a function that returns how often it was started."""
    calls, program = tmp_path / "calls", tmp_path / "newer"
    calls.touch()
    program.write_text(f'#!/bin/sh\necho x >> {calls}\nexec {shutil.which("ffprobe")} "$@"\n')
    program.chmod(0o755)
    return str(program), lambda: calls.read_text().count("x")


def test_the_newer_prober_is_not_started_for_what_the_first_one_reads(
    make_clip: Any, newer: Any, hold: Any
) -> None:
    program, count = newer
    mp3 = ("-c:v", "mpeg4", "-c:a", "mp3")
    for name, options in {"a.mp4": (), "a.mkv": (), "a.ts": (), "a.flv": (), "a.avi": mp3}.items():
        probe_file(make_beeps(make_clip, name, *options, seconds=1), newer_ffprobe=program)
    for name in ("sound.m4a", "still.gif", "a.wav"):
        inputs = ("-f", "lavfi", "-i", "testsrc2=s=320x180" if name == "still.gif" else "sine=d=1")
        still = ("-frames:v", "1") if name == "still.gif" else ()
        with pytest.raises(MediaRejected):
            probe_file(make_clip(name, *inputs, *still), newer_ffprobe=program)
    hold(
        "what 5.1 reads",
        source="five films, a still and two sounds",
        expected="the newer ffprobe is not started",
        seen=f"started {count()} times",
        is_right=count() == 0,
    )


@pytest.mark.parametrize("content", [b"just some text\n" * 50, b"\0\0\1\0\x79" + bytes(range(256)) * 20])
def test_what_neither_prober_reads_is_refused_in_the_words_of_the_first(
    tmp_path: Path, newer: Any, content: bytes
) -> None:
    path = tmp_path / "source"
    path.write_bytes(content)
    with pytest.raises(MediaRejected, match="not a video"):
        probe_file(path, newer_ffprobe=newer[0])
    assert newer[1]()
    with pytest.raises(MediaRejected) as refused:
        probe_file(path)
    assert refused.value.code == "not_media"
