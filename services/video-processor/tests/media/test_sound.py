"""Sound that is empty, late, broken or without a decoder: it never costs the picture or memory."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kit.clips import build_beep_inputs, make_beeps
from kit.measure import FFMPEG, count_frames, measure_seconds, measure_sync
from kit.sound import (
    find_mp4,
    has_sound,
    is_in_step,
    say,
    watch_peak,
)

from video_processor.adapters.sound_filters import build_steady_graph
from videoforge.messages import SoundMix

pytestmark = pytest.mark.integration

#: drops every packet of sound
NO_SOUND = ("-bsf:a", "noise=drop=1")
#: Runs a command and prints its peak in KiB; for a direct child the system would include our own
#: memory.
MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def name_mpegh(path: Path) -> None:
    """Turn the first track of an MP4 into MPEG-H; its codec is named in two places."""
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
    """The first frames are good, so that no trial detects it; after that nothing can be decoded."""
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


@pytest.mark.parametrize(("what", "first"), [("late sound", 0), ("a gap", 2)])
def test_a_long_silence_is_made_bit_by_bit(make_clip: Any, hold: Any, what: str, first: int) -> None:
    """The second process, with the first one's output; swresample alone would keep 200 MB of
    silence."""
    silent = f"volume=0:enable='between(t,{first},302)'"
    tone = f"sine=d=304:r=48000,aformat=channel_layouts=stereo:sample_fmts=flt,{silent}"
    whole = make_clip("whole.nut", "-f", "lavfi", "-i", tone, "-c:a", "pcm_f32le")
    drop = f"noise=drop=between(pts*tb\\,{first and first + 1}\\,301)"
    holed = make_clip("holed.nut", "-copyts", "-i", str(whole), "-c", "copy", "-bsf:a", drop)
    options = (
        "-filter_complex",
        build_steady_graph(SoundMix(), label="a"),
        "-map",
        "[a]",
        "-c:a",
        "pcm_s16le",
    )
    seen = []
    for source in (whole, holed):
        command = [FFMPEG, "-v", "fatal", "-copyts", "-i", str(source), *options, "-f", "md5", "-"]
        measured = [sys.executable, "-c", MEASURE, *command]
        seen.append(subprocess.run(measured, check=True, capture_output=True, text=True).stdout.split())
    is_same, peak_mb = seen[0][0] == seen[1][0], int(seen[1][1]) // 1024
    hold(
        f"F2 silence of {what}",
        source=f"stereo with {what} of 300 s",
        expected="the samples of 300 s of silence, less than 60 MB resident",
        seen=f"{'the same' if is_same else 'others'}, {peak_mb} MB",
        is_right=is_same and peak_mb < 60,
        detail=seen,
    )


@pytest.mark.parametrize(
    ("name", "kept"),
    [("gap.mkv", "lt(t,3)+gt(t,115.5)"), ("gap.ts", "lt(t,3)+gt(t,115.5)"), ("late.ts", "gt(t,115.5)")],
)
async def test_a_long_silence_takes_no_memory_on_the_whole_way(
    make_clip: Any, transcode: Any, hold: Any, name: str, kept: str
) -> None:
    source = make_clip(
        name, *build_beep_inputs(seconds=120, size="16x16", rate="5"),
        "-filter_complex", f"[1:a]aselect='{kept}'[a]", "-map", "0:v", "-map", "[a]",
        "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "mp2",
    )  # fmt: skip
    outcome, peak_bytes = await watch_peak(transcode(source))
    mp4 = find_mp4(outcome)
    offsets, seconds = measure_sync(mp4)[115:], measure_seconds(mp4, stream="a:0")
    is_right = is_in_step(offsets) and abs(seconds - 120) < 0.1 and 0 < peak_bytes < 80 << 20
    hold(
        f"F2 long silence, {name}",
        source="16×16, 112 s of its sound are missing",
        expected="120 s of sound, beeps within 20 ms of their flashes, less than 80 MB resident",
        seen=f"{seconds:.2f} s, {offsets} ms, {peak_bytes / 1e6:.0f} MB",
        is_right=is_right,
    )


@pytest.mark.parametrize("container", ["mkv", "mp4"])
async def test_sound_that_begins_late_comes_on_its_flash(
    make_clip: Any, transcode: Any, hold: Any, container: str
) -> None:
    """The first beeps are left out, so that the sound starts at 14 s."""
    source = make_clip(
        f"late.{container}", *build_beep_inputs(seconds=18, size="160x90", rate="10"),
        "-filter_complex", "[1:a]atrim=start=14[a]", "-map", "0:v", "-map", "[a]",
        "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac",
    )  # fmt: skip
    outcome = await transcode(source)
    mp4 = find_mp4(outcome)
    offsets, seconds = measure_sync(mp4)[14:], measure_seconds(mp4, stream="a:0")
    is_right = is_in_step(offsets) and abs(seconds - 18) < 0.1
    hold(
        f"F2 late sound .{container}",
        source="18 s, sound from 14 s on",
        expected="18 s of sound, beeps within 20 ms of their flashes",
        seen=f"{seconds:.2f} s, {offsets} ms",
        is_right=is_right,
    )


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
    outcome, peak = await watch_peak(transcode(source, "480p"))
    seconds = measure_seconds(find_mp4(outcome), stream="a:0")
    is_right = 0 < peak < 150 << 20 and seconds == pytest.approx(20, abs=0.1)
    hold(
        "F2 late sound",
        source="640×360, the sound begins at 18 s of 20",
        expected="20 s of sound, less than 150 MB resident",
        seen=f"{seconds:.2f} s, {peak / 1e6:.0f} MB",
        is_right=is_right,
    )
