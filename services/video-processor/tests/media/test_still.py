"""A single picture with sound: it is shown until the sound ends, in the MP4 and from segments."""

from pathlib import Path
from typing import Any

import pytest
from kit.measure import count_frames, measure_seconds, read_mean_color
from kit.playing import play_in_browser, require_browser

pytestmark = pytest.mark.integration

_CODECS = {
    "mp4": ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"),
    "mkv": ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"),
    "webm": ("-c:v", "libvpx", "-c:a", "libopus"),
}


def make_still(make_clip: Any, name: str, *, seconds: float, frames: int = 1) -> Path:
    picture = ("-f", "lavfi", "-i", f"color=0x3060C0:size=320x180:rate=25:duration={frames / 25}")
    sound = ("-f", "lavfi", "-i", f"sine=duration={seconds}")
    codecs = _CODECS[name.rpartition(".")[2]]
    clip: Path = make_clip(name, *picture, *sound, *codecs)
    return clip


@pytest.mark.parametrize("container", ["mp4", "mkv", "webm"])
async def test_a_still_lasts_as_long_as_its_sound(
    transcode: Any, make_clip: Any, hold: Any, container: str
) -> None:
    outcome = await transcode(make_still(make_clip, f"still.{container}", seconds=8))
    assert outcome.refusal is None, outcome.failure
    mp4, playlist = outcome.get_mp4("180p"), outcome.get_playlist("180p")
    seconds = [measure_seconds(path) for path in (mp4, playlist)]
    color = read_mean_color(mp4, at=7)
    is_right = all(abs(found - 8) < 0.1 for found in seconds) and color == pytest.approx((48, 96, 192), abs=6)
    hold(
        f"F7 {container}",
        source="one picture, 8 s of sound",
        expected="8 s of that picture",
        seen=f"{seconds[0]:.2f} s, from segments {seconds[1]:.2f} s",
        is_right=is_right,
        detail=(seconds, color),
    )


async def test_a_still_plays_from_segments_to_the_end_of_its_sound(
    transcode: Any, make_clip: Any, hold: Any
) -> None:
    """In Chromium, with the client's hls.js: playback once hung at 0.0 s, while the MP4 played."""
    require_browser()
    outcome = await transcode(make_still(make_clip, "still.mp4", seconds=10))
    assert outcome.refusal is None, outcome.failure
    played = play_in_browser(outcome)
    hold(
        "F7 played",
        source="one picture, 10 s of sound, as HLS in Chromium",
        expected="plays to its end without a stall",
        seen=f"{played.seconds:.1f} s, {len(played.stalls)} stalls",
        is_right=played.has_ended and abs(played.seconds - 10) < 0.2 and not played.stalls,
        detail=played,
    )


async def test_a_moment_with_sound_lasts_long_enough_to_play(
    transcode: Any, make_clip: Any, hold: Any
) -> None:
    outcome = await transcode(make_still(make_clip, "moment.mp4", seconds=0.12, frames=3))
    assert outcome.refusal is None, outcome.failure
    frames = count_frames(outcome.get_mp4("180p"))
    hold("F7 moment", source="3 pictures with sound", expected="0.5 s", seen=f"{frames / 25:.2f} s",
        is_right=12 <= frames <= 13)  # fmt: skip


async def test_a_silent_picture_stays_as_short_as_it_is(transcode: Any, make_clip: Any) -> None:
    picture = ("-f", "lavfi", "-i", "color=red:size=320x180:rate=25:duration=0.12")
    outcome = await transcode(make_clip("short.mp4", *picture, *_CODECS["mp4"][:4]))
    assert count_frames(outcome.get_mp4("180p")) == 3
