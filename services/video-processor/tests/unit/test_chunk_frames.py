"""Which sources are encoded in chunks, and what is done if a chunk lacks frames."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from video_processor.domain.chunks import plan_chunks
from video_processor.domain.encode_job import EncodeJob, read_from_start
from video_processor.domain.gate import check_chunks
from video_processor.domain.one_piece import find_one_piece_reason
from video_processor.domain.segment_frames import find_fault, is_empty, read_segment_frames
from video_processor.errors import BadSource, OutputRefused
from video_processor.settings import Settings
from video_processor.testing.media import build_probe, build_segment
from videoforge.messages import (
    AssembleInput,
    EncodedTrack,
    EncodeInput,
    EncodeResult,
    Plan,
    PrepareInput,
    Rung,
    Segment,
)

RATE = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"container": "mov", "is_variable_frame_rate": True}, None),
        ({"container": "mpegts", "is_interlaced": True}, None),
        ({"container": "mpeg"}, "a container that is read from its start"),
        ({"container": "h264"}, "a container that is read from its start"),
        ({"container": "ogg"}, "a container that is read from its start"),
        ({"container": "mpegts", "has_clock_jumps": True}, "time stamps that jump"),
        ({"container": "avi"}, None),
        (
            {"container": "avi", "picture_delay_seconds": 0.08},
            "pictures in another order and without times",
        ),
        (
            {"container": "mpegts", "early_seconds": 0.2},
            "a first picture that is not the first packet",
        ),
        ({"is_shape_changing": True}, "pictures that change their shape"),
        ({"video_duration_seconds": 0.04}, "a still picture"),
        ({"is_cut_off": True}, "a file that is cut off"),
    ],
)
def test_the_rule_of_one_piece(changes: dict[str, Any], reason: str | None) -> None:
    assert find_one_piece_reason(build_probe(**changes), key_gap_seconds=10) == reason


def test_a_film_with_a_single_key_frame_is_encoded_in_one_piece() -> None:
    probe = build_probe()
    assert find_one_piece_reason(probe, key_gap_seconds=600) == "key frames that are far apart"


@pytest.mark.parametrize(("seconds", "count"), [(30, 1), (60, 4), (120, 6)])
async def test_films_are_cut_into_chunks_unless_told_otherwise(
    world: Any, run_task: Any, seconds: float, count: int
) -> None:
    world.inspector.probes["source"] = build_probe(duration_seconds=seconds, video_duration_seconds=seconds)
    tools = replace(world.tools, chunk_seconds=Settings.model_fields["chunk_seconds"].default)
    asked = PrepareInput(source=world.source, output_formats=["480p"])
    assert len((await run_task(tools, asked)).plan.chunks) == count


async def test_prepare_cuts_a_film_unless_the_rule_forbids_it(world: Any, run_task: Any) -> None:
    asked = PrepareInput(source=world.source, output_formats=["480p"])
    long = {"duration_seconds": 120.0, "video_duration_seconds": 120.0}
    world.inspector.probes["source"] = build_probe(**long)
    assert len((await run_task(world.tools, asked)).plan.chunks) == 6
    world.inspector.key_gap = 60.0
    assert len((await run_task(world.tools, asked)).plan.chunks) == 1
    world.inspector.key_gap = 2.0
    whole = replace(world.tools, chunk_seconds=0)
    assert len((await run_task(whole, asked)).plan.chunks) == 1


@pytest.fixture
def plan() -> Plan:
    return Plan(
        ladder=[Rung(format="480p", width=854, height=480, bitrate_bps=1_000_000)],
        chunks=plan_chunks(44, frame_rate=RATE, chunk_seconds=12),
        duration_seconds=44,
        frame_rate="30000/1001",
        video_stream=0,
        audio_stream=None,
    )


def build_job(plan: Plan, *, chunk: int, tmp_path: Any) -> EncodeJob:
    probe = build_probe(frame_rate=RATE)
    return EncodeJob(tmp_path, tmp_path / "out", probe, plan, plan.chunks[chunk], threads=1)


def test_a_segment_says_which_frames_it_has() -> None:
    head = build_segment(range(1260, 1440), frame_rate=RATE)
    assert read_segment_frames(head, frame_rate=RATE) == range(1260, 1440)
    assert not is_empty(head)
    assert is_empty(b"\0\0\0\x18stypmsdh\0\0\0\0msdhmsix")
    for broken in (b"", b"sidx", head[:30], b"\0\0\0\x34sidx" + bytes(44)):
        with pytest.raises(ValueError, match="index"):
            read_segment_frames(broken, frame_rate=RATE)


@pytest.mark.parametrize(
    ("chunk", "index", "frames", "fault"),
    [
        (2, 3, range(540, 720), None),
        (2, 3, range(541, 721), "segment 3 has the frames 541 to 721, not 540 to 720"),
        (2, 4, range(720, 800), "segment 4 has the frames 720 to 800, not 720 to 900"),
        (0, 0, range(80), None),  # the source may end in a chunk that is read from its start
        (3, 7, range(1260, 1400), None),  # and in the last one
        (3, 7, range(1261, 1440), "segment 7 has the frames 1261 to 1440, not 1260 to 1440"),
    ],
)
def test_a_segment_has_the_frames_of_its_place(
    plan: Plan, tmp_path: Any, chunk: int, index: int, frames: range, fault: str | None
) -> None:
    head = build_segment(frames, frame_rate=RATE)
    assert find_fault(head, job=build_job(plan, chunk=chunk, tmp_path=tmp_path), index=index) == fault


def test_a_chunk_is_read_from_a_second_before_its_first_frame(plan: Plan, tmp_path: Any) -> None:
    job = build_job(plan, chunk=2, tmp_path=tmp_path)
    assert (job.first_frame, job.frame_count, job.segment_count) == (540, 360, 2)
    assert job.seek_seconds == pytest.approx(18.018 - 1 - 16 * 1001 / 30000)
    assert read_from_start(job, target=tmp_path).seek_seconds == 0
    stream = replace(job, probe=build_probe(container="mpegts"))
    assert stream.seek_seconds == pytest.approx(18.018 - 12 - 16 * 1001 / 30000)


async def encode_all(world: Any, run_task: Any) -> tuple[Plan, list[EncodeResult]]:
    long = {"duration_seconds": 80.0, "video_duration_seconds": 80.0}
    world.inspector.probes |= {"source": build_probe(**long), "480p": build_probe(width=854, height=480)}
    plan = (await run_task(world.tools, PrepareInput(source=world.source, output_formats=["480p"]))).plan
    tasks = [EncodeInput(source=world.source, plan=plan, chunk=chunk) for chunk in plan.chunks]
    return plan, [await run_task(world.tools, task) for task in tasks]


async def test_a_seek_that_ends_too_late_is_made_good_from_the_sources_start(
    world: Any, run_task: Any
) -> None:
    world.ffmpeg.frames_lost_by_seek = 1
    plan, results = await encode_all(world, run_task)
    seeks = [round(seconds, 2) for seconds in world.ffmpeg.seeks]
    assert seeks == [0, 4.36, 0, 16.36, 0, 40.36, 0, 64.36, 0]
    tracks = [result.renditions[0] for result in results]
    assert check_chunks(tracks, plan=plan) == []
    stored = [world.store.objects[segment.key] for track in tracks for segment in track.segments]
    frames = [read_segment_frames(head, frame_rate=Fraction(25)).start for head in stored]
    assert frames == [150 * index for index in range(14)]


async def test_a_source_that_ends_early_ends_in_one_of_its_chunks(world: Any, run_task: Any) -> None:
    """As in one piece: a warning if little is missing, a refusal if it is much."""
    world.ffmpeg.ends_at_seconds = 77.0
    plan, results = await encode_all(world, run_task)
    assert [warning.message for result in results for warning in result.warnings] == [
        "The source should last 80.0 s, but it ends after 77.0 s."
    ]
    world.ffmpeg.ends_at_seconds = 41.0
    plan, results = await encode_all(world, run_task)
    assert [len(result.renditions[0].segments) for result in results] == [1, 2, 4, 0, 0]
    with pytest.raises(BadSource, match=r"breaks off after 41\.0 s"):
        await run_task(world.tools, AssembleInput(source=world.source, plan=plan, encoded=results))


def build_tracks(plan: Plan) -> list[EncodedTrack]:
    seconds = [[6.006], [6.006] * 2, [6.006] * 2, [6.006, 6.006, 1.5]]
    return [
        EncodedTrack(
            format="480p",
            init_key="init" if not index else None,
            init_sha256="same",
            segments=[Segment(key="k", duration_seconds=s, size_bytes=1) for s in each],
        )
        for index, each in enumerate(seconds)
    ]


def test_the_gate_lets_whole_chunks_through(plan: Plan) -> None:
    assert check_chunks(build_tracks(plan), plan=plan) == []


def test_the_gate_stops_chunks_that_do_not_make_one_video(plan: Plan) -> None:
    tracks = build_tracks(plan)
    short = tracks[1].model_copy(update={"segments": tracks[1].segments[:1]})
    assert check_chunks([tracks[0], short, *tracks[2:]], plan=plan) == [
        "480p: chunk 1 has 180 frames, wanted 360"
    ]
    other = tracks[2].model_copy(update={"init_sha256": "other"})
    assert check_chunks([*tracks[:2], other, tracks[3]], plan=plan) == [
        "480p: the chunks have different init segments"
    ]
    assert check_chunks(tracks[:3], plan=plan) == ["480p: 3 of 4 chunks are there"]
    gone = tracks[3].model_copy(update={"segments": []})
    assert check_chunks([*tracks[:3], gone], plan=plan) == []


async def test_a_video_with_a_hole_is_never_published(world: Any, run_task: Any) -> None:
    plan, results = await encode_all(world, run_task)
    track = results[1].renditions[0]
    short = track.model_copy(update={"segments": track.segments[:1]})
    results[1] = results[1].model_copy(update={"renditions": [short]})
    with pytest.raises(OutputRefused, match="chunk 1 has 150 frames, wanted 300"):
        await run_task(world.tools, AssembleInput(source=world.source, plan=plan, encoded=results))
