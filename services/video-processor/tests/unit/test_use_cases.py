"""prepare, encode and assemble with everything around them in memory."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from video_processor.domain.chunks import plan_chunks
from video_processor.errors import (
    BadSource,
    EncodeFailed,
    LeaseLost,
    OutputRefused,
    ScratchFull,
    SoundFailed,
    StoreAway,
    StoreFailed,
    TaskFailed,
)
from video_processor.lease import FENCE_SECONDS
from video_processor.testing.media import build_probe
from video_processor.use_cases import store_retry
from video_processor.use_cases.early_end import find_early_end
from video_processor.use_cases.encode import read_aspects
from videoforge.messages import (
    AssembleInput,
    AudioInput,
    AudioResult,
    EncodeInput,
    EncodeResult,
    Plan,
    PrepareInput,
    PrepareResult,
    SourceRef,
    TaskResult,
)
from videoforge.problem_codes import Code
from videoforge_media.byte_ranges import ByteRange
from videoforge_media.errors import MediaRejected
from videoforge_media.fitting import AspectChange
from videoforge_media.thumbnail import ThumbnailFailed

RunTask = Callable[..., Awaitable[TaskResult]]


def build_prepare(source: SourceRef, *formats: str) -> PrepareInput:
    return PrepareInput(source=source, output_formats=list(formats or ("720p", "480p")))


async def prepare_and_encode(world: Any, run_task: RunTask) -> tuple[PrepareResult, EncodeResult]:
    prepared = await run_task(world.tools, build_prepare(world.source))
    assert isinstance(prepared, PrepareResult)
    task = EncodeInput(source=world.source, plan=prepared.plan, chunk=prepared.plan.chunks[0])
    encoded = await run_task(world.tools, task)
    assert isinstance(encoded, EncodeResult)
    return prepared, encoded


async def test_a_plan_says_all_that_later_tasks_need(world: Any, run_task: RunTask) -> None:
    prepared = await run_task(world.tools, build_prepare(world.source, "4K", "480p"))
    assert isinstance(prepared, PrepareResult)
    assert [rung.format for rung in prepared.plan.ladder] == ["480p"]
    assert [skipped.format for skipped in prepared.skipped] == ["4K"]
    assert (prepared.plan.duration_seconds, prepared.plan.audio_stream, prepared.warnings) == (20, 1, [])
    assert prepared.thumbnail_key == "videos/output/job-1/1/thumbnail.jpg"
    assert world.store.objects[prepared.thumbnail_key] == b"jpeg"


async def test_nothing_is_stored_under_a_lease_that_may_be_anothers(world: Any, run_task: RunTask) -> None:
    before = dict(world.store.objects)
    with pytest.raises(LeaseLost):
        await run_task(world.tools, build_prepare(world.source), silent_seconds=FENCE_SECONDS)
    assert world.store.objects == before


async def test_what_changes_along_the_film_is_in_the_plan(world: Any, run_task: RunTask) -> None:
    """The encode of a chunk does not inspect the film again."""
    aspects = (AspectChange(0.0, Fraction(16, 15)), AspectChange(9.98, Fraction(64, 45)))
    world.inspector.probes["source"] = build_probe(width=320, height=180)
    world.inspector.changes = {"width": 1280, "height": 720, "aspect_changes": aspects}
    prepared = await run_task(world.tools, build_prepare(world.source))
    assert isinstance(prepared, PrepareResult)
    assert [rung.format for rung in prepared.plan.ladder] == ["480p", "720p"]
    assert prepared.source and prepared.source.resolution == "1280x720"
    assert read_aspects(Plan.model_validate_json(prepared.plan.model_dump_json())) == aspects


async def test_a_video_without_a_picture_is_still_good(world: Any, run_task: RunTask) -> None:
    world.inspector.thumbnail_failure = ThumbnailFailed("no frame")
    prepared = await run_task(world.tools, build_prepare(world.source))
    assert isinstance(prepared, PrepareResult)
    assert prepared.thumbnail_key is None
    assert [warning.code for warning in prepared.warnings] == ["no_thumbnail"]


async def test_oddities_of_the_source_are_reported(world: Any, run_task: RunTask) -> None:
    world.inspector.probes["source"] = build_probe(
        audio_tracks=(), is_variable_frame_rate=True, hdr="hdr10", color_transfer="smpte2084"
    )
    prepared = await run_task(world.tools, build_prepare(world.source))
    assert isinstance(prepared, PrepareResult)
    codes = [warning.code for warning in prepared.warnings]
    assert codes == ["no_audio", "hdr_tone_mapped", "variable_frame_rate"]
    assert prepared.plan.tone_map == "pq"


async def test_a_source_that_is_gone_or_changed_is_the_users_to_fix(world: Any, run_task: RunTask) -> None:
    for change, code in (({"s3_key": "gone"}, "source_missing"), ({"etag": "x"}, "source_changed")):
        with pytest.raises(BadSource) as failure:
            await run_task(world.tools, build_prepare(world.source.model_copy(update=change)))
        assert (failure.value.code, failure.value.kind, failure.value.is_retryable) == (
            code,
            "bad_input",
            False,
        )
        assert failure.value.hint


async def test_a_refusal_by_the_probe_keeps_its_code(world: Any, run_task: RunTask) -> None:
    world.inspector.failure = MediaRejected(Code.no_video_stream, "The file holds sound only.")
    with pytest.raises(BadSource, match="no_video_stream"):
        await run_task(world.tools, build_prepare(world.source))


async def test_a_source_that_would_fill_the_disk_is_not_fetched(
    world: Any, run_task: RunTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("video_processor.scratch._RESERVE_BYTES", 1 << 60)
    with pytest.raises(ScratchFull) as failure:
        await run_task(world.tools, build_prepare(world.source))
    assert failure.value.is_retryable
    assert world.store.read_bytes == 0


@pytest.fixture
def downloads(world: Any, monkeypatch: pytest.MonkeyPatch) -> list[SourceRef]:
    """Return the list of what is downloaded from now on."""
    made: list[SourceRef] = []
    download = world.store.download_source

    async def count(source: SourceRef, target: Path, *, ranges: list[ByteRange]) -> None:
        made.append(source)
        await download(source, target, ranges=ranges)

    monkeypatch.setattr(world.store, "download_source", count)
    return made


async def test_one_processor_downloads_a_source_once(
    world: Any, run_task: RunTask, downloads: list[SourceRef]
) -> None:
    prepared, _ = await prepare_and_encode(world, run_task)
    assert len(downloads) == 1
    task = EncodeInput(source=world.source, plan=prepared.plan, chunk=prepared.plan.chunks[0])
    await run_task(world.tools, task)  # nothing more was to come, so nothing was kept
    assert len(downloads) == 2


async def test_a_source_is_kept_from_chunk_to_chunk_until_one_fails(
    world: Any, run_task: RunTask, downloads: list[SourceRef]
) -> None:
    world.inspector.probes["source"] = build_probe(duration_seconds=60.0, video_duration_seconds=60.0)
    prepared = await run_task(world.tools, build_prepare(world.source))
    assert isinstance(prepared, PrepareResult)
    plan, chunks = prepared.plan, prepared.plan.chunks
    for chunk in chunks[:2]:
        await run_task(world.tools, EncodeInput(source=world.source, plan=plan, chunk=chunk))
    assert len(downloads) == 1
    world.ffmpeg.failure = EncodeFailed(Code.encode_failed, "The video could not be encoded.")
    with pytest.raises(EncodeFailed):
        await run_task(world.tools, EncodeInput(source=world.source, plan=plan, chunk=chunks[0]))
    world.ffmpeg.failure = None
    await run_task(world.tools, EncodeInput(source=world.source, plan=plan, chunk=chunks[0]))
    assert len(downloads) == 2  # what came of a fault is fetched anew


async def test_a_cached_source_is_still_checked(world: Any, run_task: RunTask) -> None:
    prepared = await run_task(world.tools, build_prepare(world.source))
    assert isinstance(prepared, PrepareResult)
    task = EncodeInput(source=world.source, plan=prepared.plan, chunk=prepared.plan.chunks[0])
    world.store.objects[world.source.s3_key] = b"SOURCE"
    with pytest.raises(BadSource, match="source_changed"):
        await run_task(world.tools, task)
    await run_task(world.tools, build_prepare(world.store.put_source(world.source.s3_key, b"source")))
    del world.store.objects[world.source.s3_key]
    with pytest.raises(BadSource, match="source_missing"):
        await run_task(world.tools, task)


async def test_segments_are_stored_with_their_sizes_and_times(world: Any, run_task: RunTask) -> None:
    _, encoded = await prepare_and_encode(world, run_task)
    assert [track.format for track in encoded.renditions] == ["480p", "720p"]
    track = encoded.renditions[0]
    assert [segment.duration_seconds for segment in track.segments] == [6, 6, 6, 2]
    assert track.segments[3].key == "videos/output/job-1/1/480p/00003.m4s"
    assert all(b"moof" in world.store.objects[segment.key] for segment in track.segments)
    assert track.init_key in world.store.objects
    assert encoded.audio is not None
    assert len(encoded.audio.segments) == 4


async def test_the_last_segments_are_stored_as_soon_as_ffmpeg_ends(
    world: Any, run_task: RunTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("video_processor.use_cases.upload_segments._LOOK_EVERY_SECONDS", 60)
    world.ffmpeg.may_go_on.clear()
    running = asyncio.create_task(prepare_and_encode(world, run_task))
    await world.ffmpeg.has_begun.wait()
    await asyncio.sleep(0)  # the upload has looked by now, and waits
    world.ffmpeg.may_go_on.set()
    _, encoded = await asyncio.wait_for(running, 5)
    assert len(encoded.renditions[0].segments) == 4


async def test_a_source_that_breaks_off_is_called_truncated(world: Any, run_task: RunTask) -> None:
    world.ffmpeg.encoded_seconds = 11.0
    with pytest.raises(BadSource, match=r"truncated_media: The video breaks off after 11\.0 s"):
        await prepare_and_encode(world, run_task)


async def test_a_source_that_ends_a_little_early_is_kept_with_a_warning(
    world: Any, run_task: RunTask
) -> None:
    world.inspector.probes["source"] = build_probe(duration_seconds=20.0, video_duration_seconds=20.0)
    world.ffmpeg.encoded_seconds = 19.2
    _, encoded = await prepare_and_encode(world, run_task)
    assert [warning.code for warning in encoded.warnings] == ["ends_early"]
    assert "20.0 s, but it ends after 19.2 s" in encoded.warnings[0].message


async def test_a_header_that_says_too_much_is_warned_of(world: Any, run_task: RunTask) -> None:
    lies = build_probe(video_duration_seconds=20.0, stated_duration_seconds=36_000.0)
    world.inspector.probes["source"] = lies
    prepared = await run_task(world.tools, build_prepare(world.source))
    assert isinstance(prepared, PrepareResult)
    assert [warning.code for warning in prepared.warnings] == ["ends_early"]
    assert prepared.source is not None
    assert prepared.source.duration_seconds == lies.duration_seconds
    for stated in (20.3, 2.0, None):
        assert find_early_end(replace(lies, stated_duration_seconds=stated)) == []
    assert find_early_end(replace(lies, stated_duration_seconds=20.3, is_cut_off=True))


async def test_a_store_that_goes_down_ends_the_encode(world: Any, run_task: RunTask) -> None:
    prepared = await run_task(world.tools, build_prepare(world.source))
    assert isinstance(prepared, PrepareResult)
    real_upload = world.store.upload

    async def fail(path: Any, *, key: str) -> int:
        if key.endswith(".m4s"):
            raise StoreFailed(Code.store_unavailable, "down")
        return int(await real_upload(path, key=key))

    world.store.upload = fail
    with pytest.raises(StoreFailed):
        task = EncodeInput(source=world.source, plan=prepared.plan, chunk=prepared.plan.chunks[0])
        await run_task(world.tools, task)


async def test_a_store_that_is_back_in_time_costs_the_encode_nothing(
    world: Any, run_task: RunTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_retry, "_PAUSE_SECONDS", 0.02)
    prepared = await run_task(world.tools, build_prepare(world.source))
    assert isinstance(prepared, PrepareResult)
    task = EncodeInput(source=world.source, plan=prepared.plan, chunk=prepared.plan.chunks[0])
    world.ffmpeg.may_go_on.clear()
    encoding = asyncio.create_task(run_task(world.tools, task, report_every_seconds=0.1))
    await world.ffmpeg.has_begun.wait()
    world.store.is_down = True
    world.ffmpeg.may_go_on.set()
    await asyncio.sleep(0.5)
    (leased,) = [task for task in world.api.tasks.values() if task.input.kind == "encode"]
    assert leased.reports[-1].waiting_for == "store"
    world.store.is_down = False
    encoded = await asyncio.wait_for(encoding, 10)
    assert isinstance(encoded, EncodeResult)
    assert {segment.key for segment in encoded.renditions[0].segments} <= set(world.store.objects)


async def test_progress_is_reported_as_often_as_the_grant_says(world: Any, run_task: RunTask) -> None:
    prepared = await run_task(world.tools, build_prepare(world.source))
    assert isinstance(prepared, PrepareResult)
    world.ffmpeg.may_go_on.clear()
    task = EncodeInput(source=world.source, plan=prepared.plan, chunk=prepared.plan.chunks[0])
    encoding = asyncio.create_task(run_task(world.tools, task, report_every_seconds=0.05))
    await world.ffmpeg.has_begun.wait()
    (leased,) = [task for task in world.api.tasks.values() if task.input.kind == "encode"]
    before = len(leased.reports)
    await asyncio.sleep(1)
    assert 5 <= len(leased.reports) - before <= 20
    world.ffmpeg.may_go_on.set()
    await asyncio.wait_for(encoding, 10)


async def test_a_store_without_its_bucket_says_nothing_of_the_source(
    world: Any, run_task: RunTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Like a disk that is not mounted: every object is missing, but none was deleted."""

    async def find_no_bucket() -> None:
        raise StoreAway(Code.store_bucket_missing, "There is no bucket.")

    world.store.objects.clear()
    monkeypatch.setattr(world.store, "check", find_no_bucket)
    with pytest.raises(StoreAway, match="store_bucket_missing"):
        await run_task(world.tools, build_prepare(world.source))


async def test_the_failure_of_ffmpeg_keeps_its_code(world: Any, run_task: RunTask) -> None:
    world.ffmpeg.failure = EncodeFailed(Code.encode_stalled)
    with pytest.raises(EncodeFailed, match="encode_stalled"):
        await prepare_and_encode(world, run_task)


async def test_a_segment_that_may_be_cut_short_is_not_stored_if_ffmpeg_fails(
    world: Any, run_task: RunTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ffmpeg finishes its files when it is stopped: here a segment of 2 s after three of 6 s."""
    encode = world.ffmpeg.encode

    async def stop_in_mid_segment(*values: Any, **options: Any) -> None:
        await encode(*values, **options)
        await asyncio.sleep(0.7)  # the folders are looked at meanwhile
        raise EncodeFailed(Code.encode_stalled)

    monkeypatch.setattr(world.ffmpeg, "encode", stop_in_mid_segment)
    with pytest.raises(EncodeFailed):
        await prepare_and_encode(world, run_task)
    stored = [key.rpartition("/")[2] for key in world.store.objects if "/480p/0" in key]
    assert sorted(stored) == ["00000.m4s", "00001.m4s", "00002.m4s"]


async def test_what_ffmpeg_would_say_again_is_the_sources_fault(world: Any, run_task: RunTask) -> None:
    world.ffmpeg.failure = EncodeFailed(Code.encode_failed, "It could not be encoded.", is_certain=True)
    with pytest.raises(BadSource, match="unencodable_media") as failure:
        await prepare_and_encode(world, run_task)
    message = failure.value.to_message()
    assert (failure.value.kind, message.retryable) == ("bad_input", False)
    assert message.hint


async def test_a_source_that_cannot_be_decoded_is_at_fault_itself(world: Any, run_task: RunTask) -> None:
    world.ffmpeg.failure = EncodeFailed(Code.undecodable_media, "Its data is damaged.")
    with pytest.raises(BadSource, match="undecodable_media"):
        await prepare_and_encode(world, run_task)


async def test_finished_renditions_have_playlists_mp4s_and_figures(world: Any, run_task: RunTask) -> None:
    prepared, encoded = await prepare_and_encode(world, run_task)
    world.inspector.probes |= {
        "480p": build_probe(width=854, height=480),
        "720p": build_probe(width=1280, height=720),
    }
    result = await run_task(
        world.tools, AssembleInput(source=world.source, plan=prepared.plan, encoded=[encoded])
    )
    assert result.kind == "assemble"
    finished = result.renditions[0]
    assert (finished.format, finished.codecs) == ("480p", "avc1.64001F")
    assert finished.bitrate_bps == round(8 * 4 * 60 / 20)
    assert finished.peak_bitrate_bps == round(8 * 60 / 2)
    assert world.store.objects[finished.mp4_key].count(b"moof") == 4
    assert b"#EXT-X-ENDLIST" in world.store.objects[finished.playlist_key]
    assert result.audio is not None
    assert result.audio.codecs == "mp4a.40.2"
    assert result.storyboard_key == "videos/output/job-1/1/storyboard.vtt"
    assert "videos/output/job-1/1/storyboard-000.jpg" in world.store.objects


async def test_nothing_is_finished_that_the_gate_refuses(world: Any, run_task: RunTask) -> None:
    prepared, encoded = await prepare_and_encode(world, run_task)
    task = AssembleInput(source=world.source, plan=prepared.plan, encoded=[encoded])
    world.inspector.probes |= {
        "480p": build_probe(width=854, height=480, video_duration_seconds=11),
        "720p": build_probe(width=1280, height=720),
    }
    with pytest.raises(OutputRefused, match=r"480p lasts 11\.000 s, wanted 20\.000 s"):
        await run_task(world.tools, task)
    del world.store.objects[encoded.renditions[0].segments[1].key]
    with pytest.raises(OutputRefused, match="missing in the store"):
        await run_task(world.tools, task)


@pytest.mark.parametrize(("fitting_bytes", "at_once"), [(10**9, 2), (300, 1)])
async def test_renditions_are_made_two_at_once_where_scratch_has_room(
    world: Any, run_task: RunTask, monkeypatch: pytest.MonkeyPatch, fitting_bytes: int, at_once: int
) -> None:
    prepared = await run_task(world.tools, build_prepare(world.source, "1080p", "720p", "480p"))
    assert isinstance(prepared, PrepareResult)
    task = EncodeInput(source=world.source, plan=prepared.plan, chunk=prepared.plan.chunks[0])
    encoded = await run_task(world.tools, task)
    assert isinstance(encoded, EncodeResult)
    sizes = {"480p": (854, 480), "720p": (1280, 720), "1080p": (1920, 1080)}
    for name, (width, height) in sizes.items():
        world.inspector.probes[name] = build_probe(width=width, height=height)
    copy_to_mp4, running, most, order = world.ffmpeg.copy_to_mp4, 0, 0, []

    async def count(video: Path, *, audio: Path | None, target: Path) -> Any:
        nonlocal running, most
        running += 1
        most = max(most, running)
        order.append(target.stem)
        await asyncio.sleep(0.05)
        running -= 1
        return await copy_to_mp4(video, audio=audio, target=target)

    def check_space(*, source_bytes: int) -> None:
        if source_bytes > fitting_bytes:
            raise ScratchFull(Code.scratch_full, "full")

    monkeypatch.setattr(world.ffmpeg, "copy_to_mp4", count)
    monkeypatch.setattr(world.tools.scratch, "check_space", check_space)
    result = await run_task(
        world.tools, AssembleInput(source=world.source, plan=prepared.plan, encoded=[encoded])
    )
    assert result.kind == "assemble"
    assert most == at_once
    assert at_once > 1 or order == ["480p", "1080p", "720p"]  # the storyboard is begun first
    assert [rendition.format for rendition in result.renditions] == ["480p", "720p", "1080p"]


async def test_a_rendition_for_which_scratch_has_no_room_is_not_fetched(
    world: Any, run_task: RunTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, encoded = await prepare_and_encode(world, run_task)

    def refuse(*, source_bytes: int) -> None:
        raise ScratchFull(Code.scratch_full, "full")

    monkeypatch.setattr(world.tools.scratch, "check_space", refuse)
    with pytest.raises(ScratchFull):
        await run_task(world.tools, AssembleInput(source=world.source, plan=prepared.plan, encoded=[encoded]))


async def test_a_fault_of_ours_is_reported_as_such(world: Any, run_task: RunTask) -> None:
    world.inspector.failure = ZeroDivisionError()
    with pytest.raises(TaskFailed, match="internal_error"):
        await run_task(world.tools, build_prepare(world.source))


async def prepare_in_chunks(world: Any, run_task: RunTask) -> Plan:
    prepared = await run_task(world.tools, build_prepare(world.source))
    assert isinstance(prepared, PrepareResult)
    chunks = plan_chunks(20, frame_rate=Fraction(25), chunk_seconds=6)
    return prepared.plan.model_copy(update={"chunks": chunks})


async def test_the_sound_of_chunks_is_one_piece(world: Any, run_task: RunTask) -> None:
    plan = await prepare_in_chunks(world, run_task)
    result = await run_task(world.tools, AudioInput(source=world.source, plan=plan))
    assert isinstance(result, AudioResult)
    assert result.audio is not None
    assert [segment.key for segment in result.audio.segments] == [
        f"videos/output/job-1/1/audio/0000{index}.m4s" for index in range(4)
    ]
    assert result.audio.init_key == "videos/output/job-1/1/audio/init.mp4"
    assert not [key for key in world.store.objects if "480p" in key]


@pytest.mark.parametrize(
    "failure",
    [
        SoundFailed(stderr_tail="[af#0:0] Error"),
        EncodeFailed(Code.encode_failed, is_certain=True),
        EncodeFailed(Code.undecodable_media, is_certain=True),
    ],
)
async def test_sound_that_always_fails_costs_a_warning(
    world: Any, run_task: RunTask, failure: EncodeFailed
) -> None:
    plan = await prepare_in_chunks(world, run_task)
    world.ffmpeg.failure = failure
    result = await run_task(world.tools, AudioInput(source=world.source, plan=plan))
    assert isinstance(result, AudioResult)
    assert (result.audio, [warning.code for warning in result.warnings]) == (None, ["no_audio"])


async def test_sound_whose_encoder_was_killed_is_tried_again(world: Any, run_task: RunTask) -> None:
    plan = await prepare_in_chunks(world, run_task)
    world.ffmpeg.failure = EncodeFailed(Code.encode_failed)
    with pytest.raises(EncodeFailed):
        await run_task(world.tools, AudioInput(source=world.source, plan=plan))
