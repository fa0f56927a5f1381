"""The posters of confirm and of the job show the film: not grey, not black, and nothing that a
decoder made up."""

from pathlib import Path
from typing import Any

import pytest
from kit.clips import make_beeps
from kit.edits import edit
from kit.measure import (
    count_frames,
    describe_picture,
    find_nearest_frame,
    measure_seconds,
    measure_sync,
    read_stream,
)

pytestmark = pytest.mark.integration

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
#: as a broadcast: key frames far apart, none at scene cuts
LONG_GOPS = "keyint=100:min-keyint=100:scenecut=0:log-level=none"


def describe(outcome: Any) -> tuple[float, float]:
    """Return how far from flat the posters of confirm and of the job are; -1 if there is none."""
    deviations = [
        describe_picture(path).deviation if path else -1 for path in (outcome.poster, outcome.thumbnail)
    ]
    return round(deviations[0], 1), round(deviations[1], 1)


async def check(
    outcome: Any, hold: Any, name: str, *, source: str, film: Path | None = None, frame: int | None = None
) -> None:
    """With `film`, an undamaged one, the posters must be among its frames; with `frame` it must be
    that frame."""
    assert outcome.refusal is None, outcome.failure
    seen = describe(outcome)
    nearest = [find_nearest_frame(path, film) for path in (outcome.poster, outcome.thumbnail) if film]
    is_right = min(seen) > 30 and all(difference < 4 for difference, _ in nearest)
    if frame is not None:
        is_right = is_right and all(abs(number - frame) <= 1 for _, number in nearest)
    hold(
        name,
        source=source,
        expected="two posters of the film",
        seen=f"deviation {seen}",
        is_right=is_right,
        detail=(seen, nearest),
    )


@pytest.mark.parametrize("suffix", [".ts", ".mpg"])
async def test_a_stream_without_an_index_has_a_clean_poster(
    transcode: Any, make_clip: Any, hold: Any, suffix: str
) -> None:
    codec = (*X265, "-x265-params", LONG_GOPS) if suffix == ".ts" else ("-c:v", "mpeg2video", "-g", "100")
    source = make_clip(f"a{suffix}", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=60", *codec)
    outcome = await transcode(source)
    name = f"F8 key frames 4 s apart, {suffix}"
    await check(outcome, hold, name, source="60 s, posters of 6 s", film=source, frame=150)


async def test_a_stream_that_begins_between_key_frames_has_a_clean_poster(
    transcode: Any, make_clip: Any, hold: Any
) -> None:
    source = make_clip(
        "a.ts", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=8", *X265, "-x265-params", LONG_GOPS
    )
    content = source.read_bytes()
    source.write_bytes(content[len(content) // 8 // 188 * 188 :])
    await check(await transcode(source), hold, "F8 HEVC TS cut at its start", source="8 s less the first")


async def test_a_black_passage_is_not_the_poster_but_a_black_film_is(
    transcode: Any, make_clip: Any, hold: Any
) -> None:
    black = "testsrc2=s=320x180:r=25:d=12,drawbox=color=black:t=fill:enable='lt(t,3)'"
    outcome = await transcode(make_clip("a.mp4", "-f", "lavfi", "-i", black, *X264))
    await check(outcome, hold, "F8 black beginning", source="12 s, black for the first 3")
    night = await transcode(make_clip("b.mp4", "-f", "lavfi", "-i", "color=black:s=320x180:d=3", *X264))
    assert max(describe(night)) < 1
    assert min(describe(night)) >= 0


#: file, encoder, and which part of the film is damaged; no decoder leaves such a picture flat
DAMAGED = {
    "MPEG-4": ("a.mp4", ("-c:v", "mpeg4", "-q:v", "3", "-g", "25"), (0.09, 0.11)),
    "MPEG-2": ("a.mkv", ("-c:v", "mpeg2video", "-q:v", "3", "-g", "25"), (0.01, 0.2)),
    "Motion JPEG": ("a.mov", ("-c:v", "mjpeg", "-q:v", "3"), (0.01, 0.2)),
}


@pytest.mark.parametrize("name", DAMAGED)
async def test_what_the_decoder_made_up_is_not_the_poster(
    transcode: Any, make_clip: Any, hold: Any, name: str
) -> None:
    """The pictures around the moment, 1 s, are noise in all colours, with decoding errors; after
    that the film is intact."""
    file, codec, (first, last) = DAMAGED[name]
    whole = make_clip(file, "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=10", *codec)

    def damage(content: bytearray) -> None:
        for at in range(int(first * len(content)), int(last * len(content)), 800):
            content[at] ^= 0x55

    outcome = await transcode(edit(whole, f"damaged-{file}", damage))
    await check(outcome, hold, f"F8 damaged {name}", source="10 s, damaged about 1 s", film=whole)


async def test_three_frames_of_h264_in_avi_are_three_frames_with_a_poster(
    transcode: Any, make_clip: Any, hold: Any
) -> None:
    source = make_clip("a.avi", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=0.12", "-c:v", "libx264")
    outcome = await transcode(source)
    assert outcome.refusal is None, outcome.failure
    frames, posters = count_frames(outcome.get_mp4("180p")), describe(outcome)
    is_right = frames == 3 and min(posters) > 30
    hold(
        "F19 three frames of H.264 in AVI",
        source="0.12 s with B frames",
        expected="3 frames, two posters",
        seen=f"{frames} frames, posters {posters}",
        is_right=is_right,
        detail=(frames, posters),
    )


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
async def test_b_frames_in_avi_come_on_their_beep(
    transcode: Any, make_clip: Any, hold: Any, codec: str
) -> None:
    options = ("-c:v", codec, "-bf", "2", "-pix_fmt", "yuv420p", "-c:a", "libmp3lame")
    outcome = await transcode(make_beeps(make_clip, "a.avi", *options, seconds=3, rate="25"))
    assert outcome.refusal is None, outcome.failure
    mp4 = outcome.get_mp4("180p")
    seen, frames = measure_sync(mp4), count_frames(mp4)
    is_right = max(map(abs, seen)) <= 30 and frames == 75
    hold(
        f"F19 {codec} with B frames in AVI",
        source="3 s with beeps",
        expected="75 frames, beep on flash",
        seen=f"{frames} frames, beep {seen} ms later",
        is_right=is_right,
        detail=(seen, frames),
    )
    assert measure_seconds(mp4) == pytest.approx(3, abs=0.05)


async def test_an_endless_shape_has_a_poster(transcode: Any, make_clip: Any, hold: Any) -> None:
    outcome = await transcode(make_clip("a.mp4", "-f", "lavfi", "-i", "testsrc2=s=16x4000:r=25:d=1", *X264))
    await check(outcome, hold, "F19 16×4000", source="1 s of 16×4000")
    shown = read_stream(outcome.poster)
    assert (shown["width"], shown["height"]) == (10, 2560)
