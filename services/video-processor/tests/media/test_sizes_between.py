"""Sources with a size between two formats: the format below, and one of the source's own size."""

from typing import Any

import pytest
from kit.measure import count_frames, read_stream

pytestmark = pytest.mark.integration

PICTURE = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


@pytest.mark.parametrize(
    ("size", "made"),
    [("958x538", {"480p": (854, 480), "538p": (958, 538)}), ("870x490", {"480p": (852, 480)})],
)
async def test_a_source_well_above_a_format_keeps_its_own_size(
    transcode: Any, make_clip: Any, hold: Any, size: str, made: dict[str, tuple[int, int]]
) -> None:
    source = make_clip("a.mp4", "-f", "lavfi", "-i", f"testsrc2=s={size}:r=25:d=0.4", *PICTURE)
    outcome = await transcode(source, "720p", "480p")
    assert outcome.refusal is None, outcome.failure
    paths = {
        rendition.format: outcome.get_mp4(rendition.format) for rendition in outcome.job.assembled.renditions
    }
    seen = {name: (read_stream(path)["width"], read_stream(path)["height"]) for name, path in paths.items()}
    frames = {count_frames(path) for path in paths.values()}
    reasons = [skipped.reason for skipped in outcome.job.prepared.skipped]
    says = all("538p" in reason for reason in reasons) == ("538p" in made)
    hold(
        f"D2 {size}",
        source="720p and 480p asked for",
        expected=", ".join(f"{name} of {w}×{h}" for name, (w, h) in made.items()),
        seen=", ".join(f"{name} of {w}×{h}" for name, (w, h) in seen.items()),
        is_right=seen == made and frames == {10} and says,
        detail=(frames, reasons),
    )
