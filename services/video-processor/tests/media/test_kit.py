"""The measurements themselves: they pass on a correct clip and fail on a wrong one."""

from typing import Any

import pytest
from kit.clips import make_beeps
from kit.measure import (
    count_combed,
    count_frames,
    describe_picture,
    list_frames,
    measure_peak_dbfs,
    measure_seconds,
    measure_sync,
    read_mean_color,
    read_stream,
)

pytestmark = pytest.mark.integration


async def test_a_plain_clip_comes_out_as_it_went_in(transcode: Any, make_clip: Any, hold: Any) -> None:
    source = make_beeps(make_clip, "plain.mp4", seconds=3)
    assert measure_sync(source) == pytest.approx([0, 0], abs=2)
    outcome = await transcode(source)
    assert outcome.refusal is None, outcome.failure
    mp4, playlist = outcome.get_mp4("180p"), outcome.get_playlist("180p")
    seen = (count_frames(mp4), count_frames(playlist), measure_sync(mp4))
    is_right = seen[:2] == (90, 90) and max(map(abs, seen[2])) <= 5 and outcome.warnings == set()
    hold(
        "plain",
        source="MP4 with nothing odd",
        expected="90 pictures, beep on flash",
        seen=f"{seen[0]} pictures, beep {max(map(abs, seen[2])):.0f} ms off",
        is_right=is_right,
        detail=(seen, outcome.warnings),
    )
    assert measure_seconds(mp4) == pytest.approx(3, abs=0.001)
    assert measure_seconds(mp4, stream="a:0") == pytest.approx(3, abs=0.03)
    assert outcome.confirmed.duration_seconds == pytest.approx(3, abs=0.1)
    assert all(describe_picture(path).deviation > 30 for path in (outcome.poster, outcome.thumbnail))


async def test_a_file_that_is_no_video_is_refused_at_confirm(transcode: Any, tmp_path: Any) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("no video")
    outcome = await transcode(text)
    assert (outcome.refusal, outcome.results) == (("confirm", "not_media"), [])


def test_late_sound_is_seen(make_clip: Any) -> None:
    source = make_beeps(make_clip, "plain.mp4", seconds=3)
    late = make_clip(
        "late.mp4", "-i", str(source), "-itsoffset", "0.1", "-i", str(source),
        "-map", "0:v", "-map", "1:a", "-c", "copy",
    )  # fmt: skip
    assert measure_sync(late) == pytest.approx([100, 100], abs=2)
    assert list_frames(late)[0].starts_at == 0


def test_combed_pictures_are_seen(make_clip: Any) -> None:
    filters = ("-vf", "interlace=scan=tff:lowpass=0,setfield=prog", "-c:v", "libx264", "-crf", "10")
    combed = make_clip("combed.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x240:r=50:d=1", *filters)
    plain = make_clip("plain.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=1", "-crf", "10")
    assert count_combed(combed) >= 20
    assert count_combed(plain) <= 1


def test_clipping_and_colours_are_seen(make_clip: Any) -> None:
    loud = make_clip(
        "loud.mkv", "-f", "lavfi", "-i", "color=0xBF4020:size=64x64:d=1,format=yuv444p",
        "-f", "lavfi", "-i", "aevalsrc='2*sin(2*PI*440*t)':s=48000:d=1",
        "-c:v", "ffv1", "-c:a", "pcm_f32le",
    )  # fmt: skip
    assert measure_peak_dbfs(loud) == pytest.approx(6.02, abs=0.05)
    assert read_mean_color(loud) == pytest.approx((0xBF, 0x40, 0x20), abs=3)
    assert read_stream(loud)["codec_name"] == "ffv1"
