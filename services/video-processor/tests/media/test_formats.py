"""Formats that are no film's usual ones and are taken all the same."""

from typing import Any

import pytest
from kit.measure import count_frames, describe_picture, measure_seconds

pytestmark = pytest.mark.integration


async def test_an_animated_gif_is_a_silent_video(transcode: Any, make_clip: Any, hold: Any) -> None:
    source = make_clip("a.gif", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=10:d=2")
    outcome = await transcode(source)
    assert outcome.refusal is None, outcome.failure
    mp4 = outcome.get_mp4("180p")
    seen = (count_frames(mp4), measure_seconds(mp4))
    posters = [describe_picture(path).deviation for path in (outcome.poster, outcome.thumbnail)]
    is_right = seen[0] == 20 and abs(seen[1] - 2) < 0.05 and min(posters) > 30
    hold(
        "D6 animated GIF",
        source="2 s at 10 fps",
        expected="20 frames, 2 s, no sound",
        seen=f"{seen[0]} frames, {seen[1]:.2f} s",
        is_right=is_right and "no_audio" in outcome.warnings,
        detail=(seen, posters),
    )
