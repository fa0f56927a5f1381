"""Interlaced pictures, recognised by their frames whatever the header says."""

from pathlib import Path
from typing import Any

import pytest
from kit.measure import FFMPEG, count_combed, count_frames, read_stream

from videoforge_media.combing import find_hidden_fields
from videoforge_media.ffprobe import probe_file

pytestmark = pytest.mark.integration

_MPEG2 = ("-c:v", "mpeg2video", "-q:v", "3", "-g", "12", "-pix_fmt", "yuv420p", "-f", "mpegts")


def make_fields(make_clip: Any, name: str, *options: str, size: str, rate: str, order: str = "tff") -> Path:
    """Return a clip of 1 s whose frames are woven from two moments; `rate` is that of the
    fields."""
    weave = f"scroll=horizontal=0.01,interlace=scan={order}:lowpass=0,setfield={order}"
    source = ("-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration=1", "-vf", weave)
    clip: Path = make_clip(name, *source, *options)
    return clip


async def test_a_tape_in_dv_is_deinterlaced(transcode: Any, make_clip: Any, hold: Any) -> None:
    options = ("-aspect", "4:3", "-pix_fmt", "yuv411p", "-c:v", "dvvideo")
    source = make_fields(make_clip, "dv.avi", *options, size="720x480", rate="60000/1001", order="bff")
    outcome = await transcode(source)
    before, after = count_combed(source), count_combed(outcome.get_mp4("480p"))
    is_right = before >= 25 and after == 0
    hold(
        "F4 DV",
        source="DV in AVI, whose header says nothing of fields",
        expected="no combed picture",
        seen=f"{after} of 30 combed, {before} in the source",
        is_right=is_right,
        detail=(before, after),
    )


async def test_a_broadcast_that_turns_interlaced_is_deinterlaced(
    transcode: Any, make_clip: Any, hold: Any, tmp_path: Path
) -> None:
    plain = make_clip("a.ts", "-f", "lavfi", "-i", "testsrc2=size=352x288:rate=25:duration=1", *_MPEG2)
    options = ("-flags", "+ildct+ilme", "-output_ts_offset", "1", *_MPEG2)
    fields = make_fields(make_clip, "b.ts", *options, size="352x288", rate="50")
    source = tmp_path / "turns.ts"
    source.write_bytes(plain.read_bytes() + fields.read_bytes())
    outcome = await transcode(source)
    mp4 = outcome.get_mp4("288p")
    before, after, frames = count_combed(source), count_combed(mp4), count_frames(mp4)
    is_right = before >= 20 and after == 0 and frames >= 49
    hold("F4 turns interlaced", source="TS whose second half is interlaced",
        expected="no combed picture, 49 or 50 in all", is_right=is_right, detail=(before, after, frames),
        seen=f"{after} of {frames} combed, {before} in the source")  # fmt: skip


def make_liar(make_clip: Any, *, size: str, order: str | None) -> Path:
    """Return a clip of 1 s, interlaced or progressive, that is flagged as progressive."""
    rate, weave = (50, f"interlace=scan={order}:lowpass=0,") if order else (25, "")
    clip: Path = make_clip(
        "liar.mp4", "-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration=1",
        "-vf", f"{weave}setfield=prog",
        "-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-pix_fmt", "yuv420p",
    )  # fmt: skip
    return clip


@pytest.mark.parametrize("order", ["tff", "bff"])
async def test_fields_that_are_flagged_progressive_are_found_in_the_pictures(
    transcode: Any, make_clip: Any, hold: Any, order: str
) -> None:
    """Lines are not scaled, which would blur the remaining combing; at this bitrate there is 0.2 %
    and more."""
    source = make_liar(make_clip, size="640x480", order=order)
    outcome = await transcode(source)
    mp4 = outcome.get_mp4("480p")
    before, after, frames = count_combed(source), count_combed(mp4, above_percent=0.1), count_frames(mp4)
    is_right = before >= 22 and after == 0 and frames == 25 and read_stream(mp4)["height"] == 480
    hold(
        f"D4 {order}",
        source="640×480 at 25 fps, fields, flagged progressive",
        expected="no combed picture",
        seen=f"{after} of {frames} combed, {before} in the source",
        is_right=is_right,
        detail=(before, after, frames),
    )


@pytest.mark.parametrize("size", ["640x480", "720x480", "720x576", "1920x1080"])
@pytest.mark.parametrize("order", ["tff", "bff", None])
def test_the_order_of_fields_is_found_in_any_size(make_clip: Any, size: str, order: str | None) -> None:
    source = make_liar(make_clip, size=size, order=order)
    assert find_hidden_fields(source, probe_file(source), ffmpeg=FFMPEG) == order


async def test_whole_pictures_of_a_broadcasts_size_are_left_alone(transcode: Any, make_clip: Any) -> None:
    source = make_clip(
        "whole.mp4", "-f", "lavfi", "-i", "testsrc2=size=720x576:rate=25:duration=2",
        "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
    )  # fmt: skip
    outcome = await transcode(source)
    assert outcome.job.prepared.plan.field_order is None
