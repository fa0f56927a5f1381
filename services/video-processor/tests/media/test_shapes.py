"""Pictures that change their shape in mid-stream: in sync with the sound, not stretched, on
black."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from kit.clips import make_beeps
from kit.measure import FFMPEG, count_frames, list_luma, measure_sync, read_mean_color, read_stream
from kit.outcome import CONFIRM_FFPROBE

from videoforge_media.ffprobe import probe_file
from videoforge_media.shape_changes import (
    follow_changes,
    needs_header_sums,
    needs_key_pictures,
    needs_stated_sizes,
)

pytestmark = pytest.mark.integration

_VP8 = ("-c:v", "libvpx", "-b:v", "500k", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus")


def join(make_clip: Any, name: str, *parts: Path, folder: Path, options: Sequence[str] = ()) -> Path:
    listing = folder / "parts.txt"
    listing.write_text("".join(f"file '{part}'\n" for part in parts))
    joined: Path = make_clip(name, "-f", "concat", "-safe", "0", "-i", str(listing), "-c", "copy", *options)
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


_X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
_X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-c:a", "mp2")
_AV1 = ("-c:v", "libsvtav1", "-preset", "11", "-svtav1-params", "lp=1", "-c:a", "libopus")
_MPEG2 = ("-c:v", "mpeg2video", "-q:v", "3", "-c:a", "mp2")
_IN_FRAGMENTS = ("-movflags", "+frag_keyframe+delay_moov+default_base_moof")
#: suffix, encoders, and the muxer's options
_KINDS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "webm": (".webm", _VP8, ()),
    "webm, VP9": (".webm", ("-c:v", "libvpx-vp9", *_VP8[2:]), ()),
    "webm, AV1": (".webm", _AV1, ()),
    "flv": (".flv", _X264, ()),
    "ts": (".ts", _X264, ()),
    "mkv": (".mkv", _X264, ()),
    "mkv, H.265": (".mkv", _X265, ()),
    "mkv, MPEG-2": (".mkv", _MPEG2, ()),
    "mp4": (".mp4", _X264, ()),
    "mp4, VP9": (".mp4", ("-c:v", "libvpx-vp9", *_VP8[2:]), ()),
    "mp4, AV1": (".mp4", _AV1, ()),
    "mp4 in fragments, AV1": (".mp4", _AV1, _IN_FRAGMENTS),
    "mp4 in fragments": (".mp4", _X264, _IN_FRAGMENTS),
    "mp4 in fragments, H.265": (".mp4", _X265, _IN_FRAGMENTS),
    "vob": (".vob", _MPEG2, ()),
}


def make_growing(make_clip: Any, kind: str, *, folder: Path, seconds: tuple[float, ...] = (1, 2)) -> Path:
    """Return a clip of 160×90 for a second, then of 320×180 for two, and so on alternately."""
    suffix, codecs, options = _KINDS[kind]
    # from where headers of H.265 are copied into the pictures, as those of H.264 are from anywhere
    part = ".ts" if codecs == _X265 else suffix
    parts = [
        make_beeps(make_clip, f"{n}{part}", *codecs, seconds=s, size=("160x90", "320x180")[n % 2], rate="25")
        for n, s in enumerate(seconds)
    ]
    if suffix not in {".ts", ".vob"}:
        return join(make_clip, f"grows{suffix}", *parts, folder=folder, options=options)
    source = folder / f"grows{suffix}"
    source.write_bytes(b"".join(part.read_bytes() for part in parts))
    return source


@pytest.mark.parametrize("container", ["webm", "ts"])
async def test_the_ladder_follows_the_largest_picture(
    transcode: Any, make_clip: Any, hold: Any, tmp_path: Path, container: str
) -> None:
    outcome = await transcode(make_growing(make_clip, container, folder=tmp_path))
    made = [rendition.format for rendition in outcome.job.assembled.renditions]
    found, frames = outcome.job.prepared.source, count_frames(outcome.get_mp4(made[0]))
    is_right = made == ["180p"] and found.resolution == "320x180" and 74 <= frames <= 76
    hold(
        f"F6 grows, {container}",
        source="160×90 for a second, 320×180 for two",
        expected="180p, 75 pictures",
        is_right=is_right,
        detail=(made, found, frames),
        seen=f"{', '.join(made)}, {frames} pictures",
    )


@pytest.mark.parametrize("kind", sorted(set(_KINDS) - {"webm", "ts"}))
def test_the_largest_picture_is_found(make_clip: Any, tmp_path: Path, kind: str) -> None:
    source = make_growing(make_clip, kind, folder=tmp_path)
    assert find_largest(source) == (320, 180)


@pytest.mark.parametrize("kind", ["mkv", "webm"])
def test_a_size_that_lasts_a_few_pictures_is_found(make_clip: Any, tmp_path: Path, kind: str) -> None:
    source = make_growing(make_clip, kind, folder=tmp_path, seconds=(4.2, 0.2, 4.2))
    assert find_largest(source) == (320, 180)


def find_largest(source: Path) -> tuple[int, int]:
    found = follow_changes(source, probe_file(source), ffprobe=CONFIRM_FFPROBE, ffmpeg=FFMPEG)
    return found.width, found.height


def test_an_mp4_whose_header_is_the_only_one_is_not_looked_at(make_clip: Any) -> None:
    source = make_beeps(make_clip, "plain.mp4", seconds=1, size="160x90")
    probe = probe_file(source)
    assert not (
        needs_stated_sizes(probe) or needs_key_pictures(probe, source) or needs_header_sums(probe, source)
    )


async def test_a_broadcast_that_changes_its_aspect_is_not_stretched(
    transcode: Any, make_clip: Any, hold: Any, tmp_path: Path
) -> None:
    """A DVB channel changes from 4:3 to 16:9 and back, all in 352×288: 384×288 and 512×288 as
    shown."""
    parts = []
    for index, aspect in enumerate(("12/11", "16/11", "12/11")):
        codecs = ("-c:v", "mpeg2video", "-q:v", "3", "-g", "12", "-bf", "0", "-c:a", "mp2")
        options = ("-vf", f"setsar={aspect}", *codecs, "-output_ts_offset", str(2 * index + 1))
        part = make_beeps(make_clip, f"{index}.ts", *options, seconds=2, size="352x288", rate="25")
        parts.append(part.read_bytes())
    source = tmp_path / "dvb.ts"
    source.write_bytes(b"".join(parts))
    mp4 = (await transcode(source)).get_mp4("288p")
    # 64 of 512 columns on each side are bars beside a picture of 4:3
    left, right = (list_bright_times(mp4, crop=crop) for crop in ("60:288:0:0", "60:288:452:0"))
    inside = list_bright_times(mp4, crop="8:288:66:0")
    drift = max(abs(offset) for offset in measure_sync(mp4)[::2])  # the others lie at a joint
    size = (read_stream(mp4)["width"], read_stream(mp4)["height"])
    wide = [round(2 + n / 25, 2) for n in range(50)]
    is_right = size == (512, 288) and left == right == wide and len(inside) == 150 and drift <= 20
    hold(
        "F6 aspect",
        source="352×288 in TS: 4:3, 16:9, 4:3, each 2 s",
        expected="bars beside the parts of 4:3 alone, beeps within 20 ms",
        is_right=is_right,
        detail=(size, left, right, len(inside), measure_sync(mp4)),
        seen=f"{len(left)} of {len(inside)} pictures without bars, beeps within {drift:.0f} ms",
    )


def list_bright_times(path: Path, *, crop: str) -> list[float]:
    """Return when this part of the picture is not a black bar."""
    return [round(at, 2) for at, luma in list_luma(path, crop=crop) if luma > 24]
