"""Sound that is empty, late, broken or without a decoder: it never costs the picture, nor memory."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from kit.clips import make_beeps
from kit.measure import count_frames, measure_seconds, measure_sync
from kit.sound import (
    find_mp4,
    has_sound,
    is_in_step,
    read_ffmpeg_peak_bytes,
    say,
)

pytestmark = pytest.mark.integration

#: drops every packet of sound
NO_SOUND = ("-bsf:a", "noise=drop=1")


def name_mpegh(path: Path) -> None:
    """Make MPEG-H of the first track of an MP4, whose codec is named in two places."""
    path.write_bytes(path.read_bytes().replace(b"mp4a", b"mhm1", 1).replace(b"esds", b"free", 1))


@pytest.fixture
def beeps(make_clip: Any) -> Path:
    return make_beeps(make_clip, "beeps.mkv", seconds=3)


@pytest.mark.parametrize("name", ["empty.ts", "empty.mkv", "empty.webm"])
async def test_a_track_without_a_sample_leaves_the_picture(
    make_clip: Any, beeps: Path, transcode: Any, hold: Any, name: str
) -> None:
    codecs = (
        ["-c", "copy"] if name != "empty.webm" else ["-c:v", "libvpx", "-cpu-used", "8", "-c:a", "libopus"]
    )
    outcome = await transcode(make_clip(name, "-i", str(beeps), *codecs, *NO_SOUND))
    frames = count_frames(find_mp4(outcome)) if outcome.refusal is None else 0
    is_right = frames == 90 and "no_audio" in outcome.warnings and not has_sound(outcome)
    hold(
        f"F2 {name}",
        source="a track of sound with no sample in it",
        expected="90 pictures, no_audio",
        seen=f"{frames} pictures, {say(outcome)}",
        is_right=is_right,
    )


@pytest.mark.parametrize("kind", ["empty", "mpegh"])
async def test_the_next_good_track_is_used(
    make_clip: Any, beeps: Path, transcode: Any, hold: Any, kind: str
) -> None:
    if kind == "empty":
        options = ("-map", "0:v", "-map", "0:a", "-map", "0:a", "-c", "copy", "-bsf:a:0", "noise=drop=1")
        source = make_clip("second.mkv", "-i", str(beeps), *options)
    else:
        source = make_clip(
            "h.mp4", "-i", str(beeps), "-map", "0:v", "-map", "0:a", "-map", "0:a", "-c", "copy"
        )
        name_mpegh(source)
    outcome = await transcode(source)
    offsets = measure_sync(find_mp4(outcome)) if has_sound(outcome) else []
    is_right = is_in_step(offsets) and "audio_track_replaced" in outcome.warnings
    hold(
        f"F2 first track {kind}",
        source=f"two tracks of sound, the first {kind}",
        expected="the second one, in step, audio_track_replaced",
        seen=f"{say(outcome)}, beeps at {offsets} ms",
        is_right=is_right,
    )


async def test_sound_without_a_decoder_leaves_the_picture(
    make_clip: Any, beeps: Path, transcode: Any, hold: Any
) -> None:
    source = make_clip("mpegh.mp4", "-i", str(beeps), "-c", "copy")
    name_mpegh(source)
    outcome = await transcode(source)
    is_right = outcome.refusal is None and "no_audio" in outcome.warnings
    hold(
        "F2 MPEG-H alone",
        source="MP4 whose only sound is MPEG-H 3D Audio",
        expected="the picture, no_audio",
        seen=say(outcome),
        is_right=is_right,
    )


async def test_sound_that_turns_to_garbage_leaves_the_picture(
    make_clip: Any, beeps: Path, transcode: Any, hold: Any
) -> None:
    """The first frames are good, so that no trial finds it out; then nothing more can be decoded."""
    noise = ("-c", "copy", "-bsf:a", "noise=amount=if(lt(n\\,20)\\,0\\,1)")
    outcome = await transcode(make_clip("garbage.mkv", "-i", str(beeps), *noise))
    frames = count_frames(find_mp4(outcome)) if outcome.refusal is None else 0
    is_right = frames == 90
    hold(
        "F2 broken sound",
        source="AAC of which most frames are garbage",
        expected="90 pictures",
        seen=f"{frames} pictures, {say(outcome)}",
        is_right=is_right,
    )
    assert "no_audio" in outcome.warnings


async def test_the_picture_does_not_wait_for_late_sound(make_clip: Any, transcode: Any, hold: Any) -> None:
    """In one graph with the sound, 450 pictures of 0.35 MB would wait for it."""
    source = make_clip(
        "late.mkv",
        "-f",
        "lavfi",
        "-i",
        "testsrc=size=640x360:rate=25:duration=20",
        "-itsoffset",
        "18",
        "-f",
        "lavfi",
        "-i",
        "sine=duration=2",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-c:a",
        "aac",
    )
    running = asyncio.create_task(transcode(source, "480p"))
    peak = 0
    while not running.done():
        peak = max(peak, await asyncio.to_thread(read_ffmpeg_peak_bytes))
        await asyncio.sleep(0.05)
    outcome = running.result()
    seconds = measure_seconds(find_mp4(outcome), stream="a:0")
    is_right = 0 < peak < 150 << 20 and seconds == pytest.approx(20, abs=0.1)
    hold(
        "F2 late sound",
        source="640×360, the sound begins at 18 s of 20",
        expected="20 s of sound, less than 150 MB resident",
        seen=f"{seconds:.2f} s, {peak / 1e6:.0f} MB",
        is_right=is_right,
    )
