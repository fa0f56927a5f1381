"""The frame grid of sources with a variable rate, or with a higher rate than is published."""

import itertools
from typing import Any

import pytest
from kit.measure import count_frames, list_frames, read_stream

pytestmark = pytest.mark.integration

_SMALL = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


async def test_a_recording_of_60_and_15_fps_keeps_all_that_came_fast(
    transcode: Any, make_clip: Any, hold: Any
) -> None:
    source = make_clip(
        "uneven.mp4", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=60:duration=2",
        "-vf", "select='lt(t,1)+not(mod(n,4))'", "-fps_mode", "vfr", *_SMALL,
    )  # fmt: skip
    outcome = await transcode(source)
    mp4 = outcome.get_mp4("180p")
    rate, frames = read_stream(mp4)["r_frame_rate"], count_frames(mp4)
    is_right = rate == "60/1" and 117 <= frames <= 120
    hold("F12 uneven", source="60 fps for a second, 15 for another", expected="60 fps",
        seen=f"{rate}, {frames} pictures", is_right=is_right, detail=(rate, frames))  # fmt: skip


async def test_a_recording_that_comes_to_half_its_grid_keeps_the_grid(
    transcode: Any, make_clip: Any, hold: Any
) -> None:
    """60 fps for a second, 15 for two: 30 on average, like a constant 30."""
    source = make_clip(
        "half.mp4", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=60:duration=3.02",
        "-vf", "select='lt(t,1)+not(mod(n,4))'", "-fps_mode", "vfr", *_SMALL,
    )  # fmt: skip
    mp4 = (await transcode(source)).get_mp4("180p")
    rate, frames = read_stream(mp4)["r_frame_rate"], count_frames(mp4)
    hold(
        "F12 half the grid",
        source="60 fps for a second, 15 for two",
        expected="60 fps, 181 pictures",
        is_right=rate == "60/1" and 178 <= frames <= 182,
        detail=(rate, frames),
        seen=f"{rate}, {frames} pictures",
    )


async def test_a_recording_that_turns_fast_later_on_keeps_what_came_fast(
    transcode: Any, make_clip: Any, hold: Any
) -> None:
    """30 fps for longer than ffprobe reads; then alternately 60 for a second and nothing for the
    next."""
    fast = "lt(mod(t,2),1)+not(mod(n,60))"
    source = make_clip(
        "later.mp4", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=60:duration=16",
        "-vf", f"select='if(lt(t,8),not(mod(n,2)),{fast})'", "-fps_mode", "vfr", *_SMALL,
    )  # fmt: skip
    mp4 = (await transcode(source)).get_mp4("180p")
    rate, frames = read_stream(mp4)["r_frame_rate"], count_frames(mp4)
    hold(
        "F12 turns uneven",
        source="30 fps for 8 s, then 60 fps and nothing by turns",
        expected="60 fps, 901 pictures",
        is_right=rate == "60/1" and 898 <= frames <= 962,
        detail=(rate, frames),
        seen=f"{rate}, {frames} pictures",
    )


@pytest.mark.parametrize("rate", [75, 61])
async def test_a_rate_above_60_is_brought_to_60(transcode: Any, make_clip: Any, hold: Any, rate: int) -> None:
    picture = ("-f", "lavfi", "-i", f"testsrc2=size=320x180:rate={rate}:duration=2")
    outcome = await transcode(make_clip("fast.mp4", *picture, *_SMALL))
    frames = list_frames(outcome.get_mp4("180p"))
    steps = {round(60 * (b.starts_at - a.starts_at), 2) for a, b in itertools.pairwise(frames)}
    is_right = len(frames) == 120 and steps == {1.0} and "frame_rate_reduced" in outcome.warnings
    hold(
        f"D5 {rate} fps",
        source=f"{rate} fps, 2 s",
        expected="120 pictures at 60 fps",
        seen=f"{len(frames)} pictures, steps of {steps} / 60 s",
        is_right=is_right,
        detail=(len(frames), steps, outcome.warnings),
    )
