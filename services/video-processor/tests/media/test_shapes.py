"""Pictures that change their shape in mid-stream: in step with the sound, unstretched, on black."""

from pathlib import Path
from typing import Any

import pytest
from kit.clips import make_beeps
from kit.measure import count_frames, measure_sync, read_mean_color

pytestmark = pytest.mark.integration

_VP8 = ("-c:v", "libvpx", "-b:v", "500k", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus")


def join(make_clip: Any, name: str, *parts: Path, folder: Path) -> Path:
    listing = folder / "parts.txt"
    listing.write_text("".join(f"file '{part}'\n" for part in parts))
    joined: Path = make_clip(name, "-f", "concat", "-safe", "0", "-i", str(listing), "-c", "copy")
    return joined


@pytest.mark.parametrize("rate", [25])
async def test_a_phone_that_is_turned_keeps_step_and_shape(
    transcode: Any, make_clip: Any, hold: Any, tmp_path: Path, rate: int
) -> None:
    wide = make_beeps(make_clip, "wide.webm", *_VP8, seconds=2, size="320x180", rate=str(rate))
    tall = make_beeps(make_clip, "tall.webm", *_VP8, seconds=2, size="180x320", rate=str(rate))
    source = join(make_clip, "turned.webm", wide, tall, wide, folder=tmp_path)
    outcome = await transcode(source)
    mp4 = outcome.get_mp4("180p")
    before, after = measure_sync(source), measure_sync(mp4)
    drift = max(abs(a - b) for a, b in zip(after, before, strict=True))
    edge, middle = (read_mean_color(mp4, crop=crop, at=3) for crop in ("60:180:0:0", "80:180:120:0"))
    is_right = (
        drift <= 20 and max(edge) <= 4 and max(middle) > 40 and count_frames(mp4) == count_frames(source)
    )
    hold(
        f"F6 turned at {rate} fps",
        source="WebM of 320×180, 180×320, 320×180",
        expected="beeps within 20 ms of the source's, the tall part between bars",
        is_right=is_right,
        detail=(before, after, edge, middle, count_frames(mp4), count_frames(source)),
        seen=f"beeps within {drift:.0f} ms, bars {max(edge)} bright",
    )
