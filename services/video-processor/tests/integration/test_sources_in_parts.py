"""A source that is read in parts gives what the whole source gives, and far fewer bytes are read."""

import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from video_processor.domain.encode_job import EncodeJob
from video_processor.machine import Threads
from video_processor.scratch import Scratch
from video_processor.testing.job_api import MemoryJobApi
from video_processor.testing.media import MemoryFfmpeg
from video_processor.testing.object_store import MemoryObjectStore
from video_processor.use_cases import fetch_source
from video_processor.use_cases.context import Tools
from videoforge.messages import AudioInput, EncodeInput, Plan, PrepareInput
from videoforge_media.byte_ranges import count_bytes
from videoforge_media.mp4_index import Mp4Index

pytestmark = pytest.mark.integration

MakeChunk = Callable[[Path], Awaitable["Made"]]
RunTask = Callable[..., Awaitable[Any]]
BuildTools = Callable[..., Tools]
KEY = "users/u/uploads/x/source.mp4"
FILM = (
    *("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=24", "-f", "lavfi", "-i", "sine=f=440:d=24"),
    *("-c:v", "libx264", "-preset", "ultrafast", "-bf", "3", "-b_strategy", "0", "-g", "50"),
    *("-x264-params", "open-gop=1", "-b:v", "500k", "-c:a", "aac"),
)
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "300k", "-g", "50")


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the same film in several containers, and one of eight minutes."""
    folder = tmp_path_factory.mktemp("clips")

    def make(name: str, *options: str) -> Path:
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *options, str(folder / name)]
        subprocess.run(command, check=True)
        return folder / name

    film = make("film.mp4", *FILM)
    copy = ("-i", str(film), "-c", "copy")
    long = ("-stream_loop", "19", *copy)
    late = ("-i", str(film), "-itsoffset", "9", *copy, "-map", "0:v", "-map", "1:a")

    def join(*paths: Path) -> tuple[str, ...]:
        """Each film's headers stay in front of its own key pictures."""
        files = folder / f"{paths[-1].stem}.txt"
        files.write_text("".join(f"file {path}\n" for path in paths))
        return "-f", "concat", "-safe", "0", "-i", str(files), "-c", "copy", "-an"

    return {
        "mp4": film,
        "faststart": make("faststart.mp4", *copy, "-movflags", "+faststart"),
        "edit list": make("edit.mov", "-ss", "1.3", *copy),
        "matroska": make("film.mkv", *copy),
        "cues first": make("cues-first.mkv", *copy, "-cues_to_front", "1"),
        "webm": make("film.webm", "-i", str(film), *VP9),
        "late sound": make("late.mkv", *late),
        "two sizes": make("sizes.mkv", *join(film, make("small.mp4", *FILM, "-s", "160x90"))),
        "headers inside": make("inside.mkv", *join(film, film)),
        "long mp4": make("long.mp4", *long, "-an"),
        "long faststart": make("long-faststart.mp4", *long, "-an", "-movflags", "+faststart"),
        "long matroska": make("long.mkv", *long, "-an"),
    }


@pytest.fixture(autouse=True)
def short_films_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_source, "_SHORT_SECONDS", 10)


def read_all_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_no_index(*_: object, **__: object) -> Iterator[None]:
        return None
        yield

    monkeypatch.setattr(fetch_source, "read_index", find_no_index)


@dataclass
class Made:
    """What was made of a source, and the bytes that each task read of it."""

    objects: dict[str, bytes]
    results: list[Any]
    read_bytes: list[int]


@pytest.fixture
def make_chunk(real_tools: BuildTools, run_task: RunTask, scratch: Scratch) -> Callable[..., Awaitable[Made]]:
    """Return a function that takes a source through prepare, a later chunk and the sound, each on a
    processor that holds nothing of it."""

    async def make(path: Path) -> Made:
        store = MemoryObjectStore()
        one = Threads(per_chunk=1, per_film=1)  # x264's rate control depends on its threads' timing
        tools = replace(real_tools(store=store, api=MemoryJobApi(), chunk_seconds=6), threads=one)
        source = store.put_source(KEY, path.read_bytes())
        made = Made(store.objects, [], [])

        async def run(task: Any) -> Any:
            scratch.source_cache.drop_all()
            before = store.read_bytes
            made.results.append(await run_task(tools, task))
            made.read_bytes.append(store.read_bytes - before)
            return made.results[-1]

        plan: Plan = (await run(PrepareInput(source=source, output_formats=["480p"]))).plan
        await run(EncodeInput(source=source, plan=plan, chunk=plan.chunks[2]))
        await run(AudioInput(source=source, plan=plan))
        del store.objects[KEY]
        return made

    return make


@pytest.mark.parametrize(
    "names", [("mp4", "faststart"), ("edit list",), ("matroska", "cues first"), ("webm",)]
)
async def test_parts_of_a_source_give_the_same_as_the_whole(
    clips: dict[str, Path], names: tuple[str, ...], make_chunk: MakeChunk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every stored byte is the same: segments, init segments and the thumbnail."""
    parts = [await make_chunk(clips[name]) for name in names]
    read_all_whole(monkeypatch)
    whole = await make_chunk(clips[names[0]])
    size = clips[names[0]].stat().st_size
    assert whole.read_bytes == [size] * 3
    for made in parts:
        assert made.objects == whole.objects
        assert made.results == whole.results
        assert made.read_bytes[0] < size or names == ("webm",)  # VP9 states its size in each picture
        assert made.read_bytes[1] < 0.6 * size


@pytest.mark.parametrize(
    ("clip", "is_whole"), [("late sound", False), ("two sizes", True), ("headers inside", False)]
)
async def test_prepare_finds_the_same_in_parts_of_a_matroska_file(
    clips: dict[str, Path],
    clip: str,
    is_whole: bool,
    real_tools: BuildTools,
    run_task: RunTask,
    scratch: Scratch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = MemoryObjectStore()
    tools = real_tools(store=store, api=MemoryJobApi(), chunk_seconds=6)
    source = store.put_source(KEY, clips[clip].read_bytes())
    prepare = PrepareInput(source=source, output_formats=["480p"])
    found = await run_task(tools, prepare)
    assert (store.read_bytes == source.size_bytes) is is_whole
    scratch.source_cache.drop_all()
    read_all_whole(monkeypatch)
    assert await run_task(tools, prepare) == found


async def test_wrong_parts_are_noticed_and_the_whole_source_is_read(
    clips: dict[str, Path], make_chunk: MakeChunk, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose = Mp4Index.list_picture

    def choose_half(self: Mp4Index, stream: int, **span: Any) -> list[Any]:
        found = choose(self, stream, **span)
        if span["start_seconds"] == span["end_seconds"]:  # prepare's
            return found
        return [replace(part, length=part.length // 2) for part in found]

    monkeypatch.setattr(Mp4Index, "list_picture", choose_half)
    halves = await make_chunk(clips["mp4"])
    assert halves.read_bytes[1] == clips["mp4"].stat().st_size
    read_all_whole(monkeypatch)
    whole = await make_chunk(clips["mp4"])
    assert halves.objects == whole.objects


@pytest.mark.parametrize("clip", ["long mp4", "long faststart", "long matroska"])
async def test_twenty_one_chunks_on_four_processors_read_little_more_than_the_source(
    clips: dict[str, Path], clip: str, world: Any, real_tools: BuildTools, run_task: RunTask, tmp_path: Path
) -> None:
    """Everything is real but the encodes."""
    source = world.store.put_source(KEY, clips[clip].read_bytes())
    inspector = real_tools(store=world.store, api=world.api).inspector
    tools = replace(world.tools, inspector=inspector)
    with ExitStack() as stack:
        scratches = [Scratch(tmp_path / f"scratch-{number}") for number in range(4)]
        for scratch in scratches:
            stack.callback(scratch.close)
        processors = [replace(tools, scratch=scratch) for scratch in scratches]
        prepared = await run_task(processors[0], PrepareInput(source=source, output_formats=["480p"]))
        plan = prepared.plan
        assert len(plan.chunks) == 21  # the first two are short
        for chunk in plan.chunks:
            processor = processors[chunk.index % 4]
            await run_task(processor, EncodeInput(source=source, plan=plan, chunk=chunk))
    assert world.store.read_bytes <= 1.3 * source.size_bytes


@pytest.mark.parametrize("clip", ["long mp4", "long matroska"])
async def test_scratch_holds_a_chunk_of_the_source_and_not_the_film(
    clips: dict[str, Path], clip: str, world: Any, real_tools: BuildTools, run_task: RunTask, scratch: Scratch
) -> None:
    """Two chunks: the second one's file is made beside the first one's, which is dropped then."""
    store, size = world.store, clips[clip].stat().st_size
    source = store.put_source(KEY, clips[clip].read_bytes())

    class WatchedFfmpeg(MemoryFfmpeg):
        async def encode(self, job: EncodeJob, **options: Any) -> Any:
            allocated.append(count_allocated(job.source.parents[1]))
            return await super().encode(job, **options)

    allocated: list[int] = []
    inspector = real_tools(store=store, api=world.api).inspector
    tools = replace(world.tools, inspector=inspector, ffmpeg=WatchedFfmpeg())
    plan = (await run_task(tools, PrepareInput(source=source, output_formats=["480p"]))).plan
    read_bytes = [store.read_bytes]
    for chunk in plan.chunks[3:6]:
        await run_task(tools, EncodeInput(source=source, plan=plan, chunk=chunk))
        read_bytes.append(store.read_bytes)
        kept = scratch.source_cache.find(source)
        assert kept is not None
        assert kept.path.stat().st_size == size
        assert kept.path.stat().st_blocks * 512 < 0.1 * size  # a chunk is a twentieth
    assert len(allocated) == 3
    assert max(allocated) < 0.2 * size
    index_bytes = count_bytes(kept.held) - (read_bytes[-1] - read_bytes[-2])
    assert index_bytes > 0.01 * size  # taken from the chunk before
    home = kept.path.parent
    scratch.source_cache.drop_all()
    assert count_allocated(home) < 64 << 10


def count_allocated(folder: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())
