"""A video that was encoded in chunks has the frames of the same video encoded in one piece.

Every source is decoded twice, in one piece and chunk by chunk, with the encode's own commands; what
reaches the encoder is compared bit by bit, so that a double, missing or shifted frame shows. Then
both are encoded and joined, and the results compared: time stamps to the tick, and the PSNR of each
frame. `make chunk-table` writes docs/chunks.md from this.
"""

import itertools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kit.chunked import hash_chunks, hash_whole, list_frames_at_joints, list_packets, list_psnr
from kit.outcome import Outcome

from tests.chunk_report import RESULTS_VARIABLE, FramesRow
from video_processor.domain.one_piece import find_one_piece_reason
from video_processor.testing.job_api import MemoryJobApi
from video_processor.testing.object_store import MemoryObjectStore
from videoforge.messages import Plan, PrepareInput, PrepareResult
from videoforge_media.probe import Probe

pytestmark = pytest.mark.integration

_X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-threads", "1")
_B_FRAMES = (*_X264[:2], "-preset", "veryfast", *_X264[4:], "-bf", "3")
_OPEN_GOP = (*_B_FRAMES, "-g", "48", "-x264-params", "open-gop=1:bframes=3:b-pyramid=normal")
_MPEG2 = ("-c:v", "mpeg2video", "-bf", "2", "-b:v", "1M")
_HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-x265-params",
         "log-level=error:open-gop=1:keyint=60:bframes=3")  # fmt: skip
_UNEVEN = ("-vf", "select='lt(mod(t,7),2)+not(mod(n,97))'", "-fps_mode", "vfr")
_FIELDS = ("-vf", "tinterlace=mode=interleave_top,setfield=tff")
#: two encodes of one frame at the lowest bitrate; that of the frame before or after it has 20 dB
_SAME_FRAME_DB = 26.0
#: Only the table's run decodes these; the others stand for them.
_REST = pytest.mark.skipif(RESULTS_VARIABLE not in os.environ, reason="make chunk-table")


def picture(rate: str, *, seconds: float = 20, size: str = "160x90") -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration={seconds}")


_SOUND = ("-f", "lavfi", "-i", "sine=duration=20")


def source(name: str, words: str, *options: str, marks: Any = ()) -> Any:
    return pytest.param(name, words, options, id=name, marks=marks)


_SOURCES = [
    source("cfr25.mp4", "25 fps, key frames 10 s apart", *picture("25"), *_X264, "-g", "250"),
    source("cfr23976.mkv", "23.976 fps, B-frames", *picture("24000/1001"), *_B_FRAMES, marks=_REST),
    source("open2997.mp4", "29.97 fps, open GOPs, sound", *picture("30000/1001"), *_SOUND, *_OPEN_GOP),
    source("early.mp4", "25 fps, sound goes on 10 s after the picture", *picture("25"),
           "-f", "lavfi", "-i", "sine=duration=30", *_B_FRAMES, marks=_REST),
    source("cfr5994.mp4", "59.94 fps, B-frames, key frames 10 s apart",
           *picture("60000/1001"), *_B_FRAMES, "-g", "600", marks=_REST),
    source("odd.mp4", "29.83 fps", *picture("29.83"), *_B_FRAMES, marks=_REST),
    source("slow.mp4", "1 fps, 60 s", *picture("1", seconds=60), *_B_FRAMES, "-g", "5", marks=_REST),
    source("uneven.mp4", "variable rate, pauses of seconds, B-frames", *picture("60"), *_UNEVEN, *_B_FRAMES),
    source("uneven.mkv", "variable rate, key frames every 60 frames, MKV",
           *picture("60"), *_UNEVEN, *_B_FRAMES, "-g", "60", marks=_REST),
    source("open.mkv", "open GOPs", *picture("25"), *_OPEN_GOP, marks=_REST),
    source("open.ts", "open GOPs, MPEG-TS, 32 s", *picture("25", seconds=32), *_OPEN_GOP),
    source("mpeg2.ts", "MPEG-2 with open GOPs, MPEG-TS, 32 s",
           *picture("25", seconds=32), *_MPEG2, "-g", "12", marks=_REST),
    source("keys10.ts", "key frames 10 s apart, MPEG-TS, 44 s",
           *picture("25", seconds=44), *_X264, "-g", "250", marks=_REST),
    source("refresh.mp4", "H.264 with intra refresh instead of key frames", *picture("25"),
           *_X264, "-x264-params", "intra-refresh=1:keyint=100", marks=_REST),
    source("open_hevc.mp4", "H.265 with open GOPs", *picture("25", size="160x96"), *_HEVC, marks=_REST),
    source("open_hevc.ts", "H.265 with open GOPs, MPEG-TS, 32 s",
           *picture("25", seconds=32, size="160x96"), *_HEVC, marks=_REST),
    source("vp9.webm", "VP9", *picture("25"), "-c:v", "libvpx-vp9", "-cpu-used", "8",
           "-deadline", "realtime", "-g", "128", marks=_REST),
    source("av1.mp4", "AV1", *picture("25"), "-c:v", "libsvtav1", "-preset", "12", "-g", "90", marks=_REST),
    source("fields.mp4", "25 interlaced frames a second", *picture("50", size="160x96"), *_FIELDS,
           *_X264, "-flags", "+ilme+ildct", "-x264-params", "tff=1"),
    source("fields.ts", "25 interlaced frames a second, MPEG-TS, 32 s",
           *picture("50", seconds=32, size="160x96"), *_FIELDS, *_X264,
           "-flags", "+ilme+ildct", "-x264-params", "tff=1", "-g", "50", marks=_REST),
    source("fragments.mp4", "MP4 in fragments", *picture("25"), *_B_FRAMES,
           "-movflags", "frag_keyframe+empty_moov", marks=_REST),
    source("late.mkv", "no index", *picture("25"), *_B_FRAMES, "-cues_to_front", "0", marks=_REST),
    source("film.flv", "FLV", *picture("25"), *_B_FRAMES, "-g", "100", marks=_REST),
    source("order.avi", "MPEG-4 without B-frames, AVI", *picture("25"),
           "-c:v", "mpeg4", "-g", "100", marks=_REST),
    source("film.mxf", "MPEG-2, MXF", *picture("25"), *_MPEG2, "-g", "12", marks=_REST),
    source("hdr.mp4", "10 bit, HDR", *picture("25"), *_X264[:4], "-pix_fmt", "yuv420p10le",
           "-color_trc", "smpte2084", "-colorspace", "bt2020nc", "-color_primaries", "bt2020", marks=_REST),
]  # fmt: skip

_ONE_PIECE = [
    source("raw.h264", "H.264 without a container or time stamps", *picture("25"), *_X264, marks=_REST),
    source("delayed.avi", "H.264 with B-frames, AVI: no time stamps",
           *picture("25"), *_B_FRAMES, marks=_REST),
    source("film.mpg", "MPEG program stream", *picture("25"), *_MPEG2, marks=_REST),
    source("film.ogv", "Ogg", *picture("25"), "-c:v", "libtheora", marks=_REST),
    source("single.mp4", "a single key frame in 60 s", *picture("5", seconds=60), *_X264,
           "-g", "9999", "-sc_threshold", "0"),
    source("single.ts", "a single key frame in 60 s, MPEG-TS", *picture("5", seconds=60), *_X264,
           "-g", "9999", "-sc_threshold", "0", marks=_REST),
]  # fmt: skip
_REASONS = {
    "raw.h264": "a container that is read from its start",
    "delayed.avi": "pictures in another order and without times",
    "film.mpg": "a container that is read from its start",
    "film.ogv": "a container that is read from its start",
    "single.mp4": "key frames that are far apart",
    "single.ts": "key frames that are far apart",
}
#: all rows of the table, in its order
_CASES = {
    **{str(case.values[0]): str(case.values[1]) for case in _SOURCES},
    "edited.mp4": "an edit list that leaves out 3.3 s",
    **{str(case.values[0]): str(case.values[1]) for case in _ONE_PIECE},
    "jump.ts": "MPEG-TS whose time stamps jump",
    "cut.mp4": "MP4 whose last 2 % are missing",
}


@pytest.fixture
def prepare(real_tools: Any, run_task: Any) -> Callable[..., Any]:
    """Return a function that prepares a file for chunks of 6 s, and returns the plan, the Probe,
    and why the source is encoded in one piece, if it is."""

    async def run(path: Path) -> tuple[Plan, Probe, str | None]:
        store = MemoryObjectStore()
        put = store.put_source("users/u/uploads/x/source", path.read_bytes())
        tools = real_tools(store=store, api=MemoryJobApi(), chunk_seconds=6)
        prepared = await run_task(tools, PrepareInput(source=put, output_formats=["480p"]))
        assert isinstance(prepared, PrepareResult)
        probe = await tools.inspector.follow_changes(path, await tools.inspector.probe(path))
        gap = await tools.inspector.find_key_gap(path, probe)
        return prepared.plan, probe, find_one_piece_reason(probe, key_gap_seconds=gap)

    return run


@pytest.fixture
def compare(prepare: Any, encode_both: Any, keep_row: Any) -> Callable[..., Any]:
    """Return a function that compares a file in chunks with the same in one piece."""

    async def run(path: Path, *, words: str) -> None:
        plan, probe, _ = await prepare(path)
        whole = hash_whole(path, plan=plan, probe=probe)
        chunks = hash_chunks(path, plan=plan, probe=probe)
        joined = list(itertools.chain(*chunks))
        wrong = sum(one != other for one, other in itertools.zip_longest(whole, joined))
        one, many = (_find_mp4(outcome) for outcome in await encode_both(path))
        is_same_clock = list_packets(one) == list_packets(many)
        psnr, around = list_psnr(many, one), set(list_frames_at_joints(plan))
        at_joints, elsewhere = (
            min(value for frame, value in enumerate(psnr) if (frame in around) is wanted)
            for wanted in (True, False)
        )
        row = FramesRow(
            name=path.name,
            source=words,
            encoded_as=f"{len(plan.chunks)} chunks",
            frames=f"{len(whole)} / {len(joined)}",
            differ=str(wrong),
            time_stamps="equal" if is_same_clock else "differ",
            psnr=f"{at_joints:.0f} / {elsewhere:.0f} dB",
        )
        keep_row(row, order=_find_order(path.name))
        detail = (row, [(index, len(frames), frames[:1]) for index, frames in enumerate(chunks)])
        assert len(plan.chunks) > 2, detail
        assert not wrong, detail
        assert is_same_clock, detail
        assert len(psnr) == len(whole) > 15, detail
        assert at_joints >= _SAME_FRAME_DB, detail

    return run


@pytest.fixture
def expect_one_piece(prepare: Any, keep_row: Any) -> Callable[..., Any]:
    async def run(path: Path, *, words: str, reason: str) -> None:
        plan, _, found = await prepare(path)
        count = len(plan.chunks)
        encoded_as = f"one piece: {found}" if count == 1 else f"{count} chunks"
        keep_row(FramesRow(path.name, words, encoded_as), order=_find_order(path.name))
        assert (count, found) == (1, reason)

    return run


def _find_mp4(outcome: Outcome) -> Path:
    [rendition] = outcome.job.assembled.renditions
    return outcome.folder / rendition.mp4_key


def _find_order(name: str) -> int:
    return list(_CASES).index(name)


@pytest.mark.parametrize(("name", "words", "options"), _SOURCES)
async def test_chunks_have_the_frames_of_one_piece(
    make_clip: Any, compare: Any, name: str, words: str, options: tuple[str, ...]
) -> None:
    await compare(make_clip(name, *options), words=words)


@_REST
async def test_an_edit_list_is_followed(make_clip: Any, compare: Any) -> None:
    film = make_clip("film.mp4", *picture("25", seconds=24), *_B_FRAMES, "-g", "100")
    cut = make_clip("edited.mp4", "-ss", "3.3", "-i", str(film), "-c", "copy")
    await compare(cut, words=_CASES["edited.mp4"])


@pytest.mark.parametrize(("name", "words", "options"), _ONE_PIECE)
async def test_some_sources_are_encoded_in_one_piece(
    make_clip: Any, expect_one_piece: Any, name: str, words: str, options: tuple[str, ...]
) -> None:
    await expect_one_piece(make_clip(name, *options), words=words, reason=_REASONS[name])


async def test_a_clock_that_jumps_is_one_piece(make_clip: Any, expect_one_piece: Any) -> None:
    first = make_clip("first.ts", *picture("25", seconds=12), *_X264)
    second = make_clip("second.ts", *picture("25", seconds=12), *_X264, "-output_ts_offset", "5000")
    joined = first.with_name("jump.ts")
    joined.write_bytes(first.read_bytes() + second.read_bytes())
    await expect_one_piece(joined, words=_CASES[joined.name], reason="time stamps that jump")


@_REST
async def test_a_file_that_is_cut_off_is_one_piece(make_clip: Any, expect_one_piece: Any) -> None:
    film = make_clip("whole.mp4", *picture("25", seconds=24), *_B_FRAMES, "-movflags", "+faststart")
    cut = film.with_name("cut.mp4")
    cut.write_bytes(film.read_bytes()[: film.stat().st_size * 98 // 100])
    await expect_one_piece(cut, words=_CASES[cut.name], reason="a file that is cut off")


def test_the_document_has_a_row_for_every_source() -> None:
    """With the words of this file; `make chunk-table` writes it anew."""
    page = (Path(__file__).parents[4] / "docs" / "chunks.md").read_text(encoding="utf-8")
    lines = page.partition("\n## Frames\n")[2].partition("\n## ")[0].splitlines()
    rows = [line.split(" | ") for line in lines if line.startswith("| ")][1:]
    assert {cells[0].removeprefix("| "): cells[1] for cells in rows} == _CASES
    whole = {cells[0].removeprefix("| ") for cells in rows if cells[2].startswith("one piece: ")}
    assert whole == {*_REASONS, "jump.ts", "cut.mp4"}
    assert all(cells[4:6] == ["0", "equal"] for cells in rows if "chunks" in cells[2])
