"""Which tracks are the film: with several pictures, several programs, and tracks that change."""

from pathlib import Path
from typing import Any

import pytest
from kit.clips import make_beeps
from kit.measure import count_frames, describe_picture, measure_seconds, measure_sync

pytestmark = pytest.mark.integration

X264 = ("-c:v:0", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
FILM = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=2")
STILL = ("-f", "lavfi", "-i", "color=red:s=640x360:r=25:d=0.04")


def build_two_tracks(*, first: str = "h264", flag: bool = True) -> list[str]:
    codec = X264 if first == "h264" else ("-c:v:0", first)
    flags = ("-disposition:v:0", "0", "-disposition:v:1", "default") if flag else ()
    return [*FILM, *STILL, "-map", "0", "-map", "1", *codec, "-c:v:1", "mjpeg", *flags]


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "h264"), ("a.mkv", "h264"), ("a.wmv", "wmv2"), ("a.avi", "mpeg4")]
)
async def test_the_film_goes_before_a_larger_still_marked_default(
    transcode: Any, make_clip: Any, hold: Any, name: str, codec: str
) -> None:
    source = make_clip(name, *build_two_tracks(first=codec, flag=codec == "h264"))
    outcome = await transcode(source)
    seen = count_frames(outcome.get_mp4("180p")) if outcome.refusal is None else outcome.refusal
    is_right = seen == 50
    hold(f"F3 still beside film {source.suffix}", source="film of 2 s and a larger still marked default",
        expected="50 pictures of the film", seen=str(seen), is_right=is_right)  # fmt: skip
    assert "video_tracks_dropped" in outcome.warnings
    assert outcome.confirmed.resolution == "320x180"
    assert all(describe_picture(path).deviation > 30 for path in (outcome.poster, outcome.thumbnail))


async def test_the_longer_track_goes_first_and_of_two_alike_the_first(
    transcode: Any, make_clip: Any, hold: Any
) -> None:
    alike = ("-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=2")
    source = make_clip("alike.mp4", *FILM, *alike, "-map", "0", "-map", "1", "-c:v", "libx264")
    outcome = await transcode(source)
    is_right = outcome.confirmed.resolution == "320x180" and outcome.refusal is None
    hold("F3 two alike", source="two tracks of equal length, the second larger",
        expected="the first", seen=outcome.confirmed.resolution, is_right=is_right)  # fmt: skip
    assert count_frames(outcome.get_mp4("180p")) == 50


def make_two_programs(make_clip: Any) -> Path:
    """The first program is small and blue, with a beep on its flash; the second is large, with
    other sound."""
    beeps = make_beeps(make_clip, "one.mp4", seconds=3)
    other = ("-f", "lavfi", "-i", "color=red:s=640x360:r=30:d=3", "-f", "lavfi", "-i", "sine=d=3:r=48000")
    return make_clip(
        "two.ts", "-i", str(beeps), *other, "-map", "2:a", "-map", "0:v", "-map", "1:v", "-map", "0:a",
        "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac",
        "-program", "program_num=1:st=1:st=3", "-program", "program_num=2:st=2:st=0",
    )  # fmt: skip


async def test_picture_and_sound_are_of_one_program(transcode: Any, make_clip: Any, hold: Any) -> None:
    outcome = await transcode(make_two_programs(make_clip))
    assert outcome.refusal is None, outcome.failure
    mp4 = outcome.get_mp4("180p")
    seen = measure_sync(mp4)
    is_right = len(seen) == 2 and max(map(abs, seen)) <= 20
    hold(
        "F14 two programs",
        source="TS with two programs, the sound of the second first",
        expected="picture and sound of the first",
        seen=f"beep beside flash {seen} ms",
        is_right=is_right,
        detail=seen,
    )
    assert "programs_dropped" in outcome.warnings
    assert len(outcome.confirmed.audio_tracks) == 1


async def test_a_change_of_pids_is_reported_with_the_true_length(
    transcode: Any, make_clip: Any, hold: Any, tmp_path: Path
) -> None:
    joined = tmp_path / "joined.ts"
    parts = []
    for index in range(2):
        pids = ("-mpegts_start_pid", str(0x100 * (index + 1)), "-output_ts_offset", str(3 * index))
        options = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", *pids)
        parts.append(make_beeps(make_clip, f"part{index}.ts", *options, seconds=3))
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    outcome = await transcode(joined)
    assert outcome.refusal is None, outcome.failure
    made, shown = measure_seconds(outcome.get_mp4("180p")), outcome.confirmed.duration_seconds
    is_right = abs(made - shown) <= 0.1 and (made > 5.9 or "picture_goes_elsewhere" in outcome.warnings)
    hold(
        "F14 changing PIDs",
        source="two TS of 3 s joined, the second under other PIDs",
        expected="both, or a warning and the length that there is",
        seen=f"{made:.2f} s, shown as {shown:.2f} s, {', '.join(sorted(outcome.warnings))}",
        is_right=is_right,
    )
    plain = await transcode(parts[0])
    assert plain.warnings == set()
    assert max(map(abs, measure_sync(plain.get_mp4("180p")))) <= 20
