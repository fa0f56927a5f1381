"""Unusual formats for a film that are accepted all the same."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from kit.clips import make_beeps
from kit.edits import edit
from kit.measure import count_frames, describe_picture, measure_seconds, measure_sync

pytestmark = pytest.mark.integration

PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=10:d=2")


async def check_format(
    transcode: Any, hold: Any, source: Path, *, name: str, rate: int = 10, posters: int = 2
) -> Any:
    """Check that two seconds of silence and test pattern come out complete; return the Outcome."""
    outcome = await transcode(source)
    assert outcome.refusal is None, outcome.failure
    mp4 = outcome.get_mp4("180p")
    frames, seconds = count_frames(mp4), measure_seconds(mp4)
    looks = [describe_picture(path).deviation for path in (outcome.poster, outcome.thumbnail) if path]
    is_right = frames == 2 * rate and abs(seconds - 2) < 0.05 and len(looks) == posters and min(looks) > 30
    hold(
        f"D6 {name}",
        source=f"2 s at {rate} fps",
        expected=f"{2 * rate} frames, 2 s, no sound",
        seen=f"{frames} frames, {seconds:.2f} s",
        is_right=is_right and "no_audio" in outcome.warnings,
        detail=looks,
    )
    return outcome


async def test_an_animated_gif_is_a_silent_video(transcode: Any, make_clip: Any, hold: Any) -> None:
    await check_format(transcode, hold, make_clip("a.gif", *PICTURE), name="animated GIF")


async def test_an_animated_webp_is_a_silent_video(transcode: Any, make_clip: Any, hold: Any) -> None:
    source = make_clip("a.webp", *PICTURE, "-c:v", "libwebp_anim")
    # confirm's FFmpeg is older than the format; the job takes the picture
    outcome = await check_format(transcode, hold, source, name="animated WebP", posters=1)
    assert (outcome.confirmed.container, outcome.confirmed.video_codec) == ("webp", "webp")
    assert "transparency_flattened" not in outcome.warnings


#: encoder and rate; openh264 and the last one write no rate into the stream
RAW = {
    "raw H.264": ("r.h264", ("libx264",), "10"),
    "raw H.264, NTSC": ("r.264", ("libx264", "-bf", "2"), "30000/1001"),
    "raw H.264 without a rate": ("r.h264", ("libopenh264",), "25"),
    "raw H.265": ("r.hevc", ("libx265", "-x265-params", "log-level=error"), "50"),
    "raw H.265 without a rate": ("r.h265", ("libx265", "-x265-params", "vui-timing-info=0"), "25"),
}


@pytest.mark.parametrize("name", RAW)
async def test_a_raw_stream_has_the_rate_that_it_states(
    transcode: Any, make_clip: Any, hold: Any, name: str
) -> None:
    file, encoder, rate = RAW[name]
    kind = "hevc" if "265" in name else "h264"
    picture = f"testsrc2=s=320x180:r={rate}:d=2"
    source = make_clip(
        file, "-f", "lavfi", "-i", picture, "-c:v", *encoder, "-pix_fmt", "yuv420p", "-f", kind
    )
    outcome = await check_format(transcode, hold, source, name=name, rate=round(Fraction(rate)))
    assert (outcome.confirmed.container, outcome.confirmed.frame_rate) == (kind, Fraction(rate))
    assert ("frame_rate_assumed" in outcome.warnings) == ("without" in name)


async def test_raw_dv_is_published_with_its_sound(transcode: Any, make_clip: Any, hold: Any) -> None:
    dv = ("-c:v", "dvvideo", "-pix_fmt", "yuv420p", "-c:a", "pcm_s16le", "-ac", "2")
    source = make_beeps(make_clip, "a.dv", *dv, seconds=3, size="720x576", rate="25")
    outcome = await transcode(source)
    assert outcome.refusal is None, outcome.failure
    mp4 = outcome.get_mp4("480p")
    frames, offsets = count_frames(mp4), measure_sync(mp4)
    is_right = frames == 75 and len(offsets) >= 2 and max(map(abs, offsets)) <= 20
    hold(
        "D6 raw DV",
        source="3 s of PAL, beeps",
        expected="75 frames, beeps within 20 ms",
        seen=f"{frames} frames, {offsets} ms",
        is_right=is_right,
    )
    assert outcome.confirmed.to_dict()["frame_rate"] == "25/1"


async def test_a_raw_stream_that_breaks_off_gives_what_is_there(transcode: Any, make_clip: Any) -> None:
    whole = make_clip("whole.h264", *PICTURE, "-c:v", "libx264", "-g", "5", "-bf", "0")
    outcome = await transcode(
        edit(whole, "cut.h264", lambda content: content.__delitem__(slice(20_000, None)))
    )
    assert outcome.refusal is None, outcome.failure
    assert abs(count_frames(outcome.get_mp4("180p")) - 10 * outcome.confirmed.duration_seconds) <= 1


@pytest.mark.parametrize("name", ["still.gif", "still.webp"])
async def test_a_still_is_refused_as_one(transcode: Any, make_clip: Any, hold: Any, name: str) -> None:
    outcome = await transcode(make_clip(name, *PICTURE, "-frames:v", "1"))
    is_right = outcome.refusal == ("confirm", "still_image")
    hold(
        f"D6 {name}",
        source="one picture",
        expected="still_image",
        seen=str(outcome.refusal),
        is_right=is_right,
    )
    assert is_right


BROKEN = {
    "H.264 of parameters alone": ("h264", lambda content: content[:40]),
    "H.264 whose parameters are missing": (
        "h264",
        lambda content: content[content.index(b"\0\0\1\x65") - 1 :],
    ),
    "noise behind a start code": ("h264", lambda content: b"\0\0\0\1\x67" + bytes(range(256)) * 40),
    "half a frame of DV": ("dv", lambda content: content[:50_000]),
    "half a WebP": ("webp", lambda content: content[: len(content) // 2]),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_what_is_broken_is_refused_at_once(transcode: Any, make_clip: Any, name: str) -> None:
    kind, break_ = BROKEN[name]
    size = "720x576:r=25" if kind == "dv" else "320x180:r=10"
    whole = make_clip(f"whole.{kind}", "-f", "lavfi", "-i", f"testsrc2=s={size}:d=1")
    broken = whole.with_name(f"broken.{kind}")
    broken.write_bytes(break_(whole.read_bytes()))
    outcome = await transcode(broken)
    assert outcome.refusal
    assert outcome.refusal[0] == "confirm"
    assert outcome.refusal[1] in {"not_media", "unsupported_format", "truncated_media", "media_too_short"}
