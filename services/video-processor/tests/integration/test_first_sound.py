"""The first segments of a long film's sound are listed before most of the film is read, and are the
same as those of an encode of the whole sound."""

import subprocess
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from video_processor.scratch import Scratch
from video_processor.testing.job_api import MemoryJobApi
from video_processor.testing.object_store import MemoryObjectStore
from video_processor.use_cases import encode_audio, first_sound
from video_processor.use_cases.context import Tools
from video_processor.use_cases.list_segments import SegmentListing
from videoforge.keys import AUDIO_FOLDER
from videoforge.messages import AudioInput, LeaseAnswer, PrepareInput, SegmentList, TaskLease

pytestmark = pytest.mark.integration

#: the least that prepare reads in parts, and some more
SECONDS = 66
PICTURE = ("-f", "lavfi", "-i", f"testsrc2=s=160x90:r=5:d={SECONDS}")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-b:v", "300k")
#: a tone that rises all the time, and is loud enough for the limiter
TONE = f"aevalsrc=1.2*sin(2*PI*t*(200+t)):d={SECONDS}"
SOUNDS = {
    "stereo.mp4": (TONE + ":s=48000:c=stereo", "-c:a", "aac"),
    "mono 44.1 kHz.mp4": (TONE + ":s=44100:c=mono", "-c:a", "aac", "-movflags", "+faststart"),
    "5.1.mp4": (TONE + ":s=48000,pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0", "-c:a", "aac"),
    "pcm.mov": (TONE + ":s=48000:c=stereo", "-c:a", "pcm_s16le"),
    "late sound.mp4": (TONE + ":s=48000:c=stereo,asetpts=PTS+5/TB", "-c:a", "aac"),
    "film.mkv": (TONE + ":s=48000:c=stereo", "-c:a", "ac3"),
}


class WatchedApi(MemoryJobApi):
    """Notes how much of the source had been read at each report of segments."""

    def __init__(self, store: MemoryObjectStore) -> None:
        super().__init__()
        self._store = store
        self.told: list[tuple[int, int]] = []

    async def list_segments(self, lease: TaskLease, segments: SegmentList) -> LeaseAnswer:
        count = sum(len(track.segments) for track in segments.tracks)
        self.told.append((count, self._store.read_bytes))
        return await super().list_segments(lease, segments)


@pytest.fixture(autouse=True)
def short_film(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first sound be that of 12 s, so that a film of a minute is long."""
    values = {"_LONG_SECONDS": 60, "_SEGMENTS": 2, "_ENCODED_SECONDS": 15, "_FETCHED_SECONDS": 25}
    for name, value in values.items():
        monkeypatch.setattr(first_sound, name, value)


@pytest.fixture
def encode_sound(real_tools: Callable[..., Tools], run_task: Any, scratch: Scratch) -> Callable[[Path], Any]:
    """Return a function that encodes a film's sound on a processor that holds nothing of it, and
    returns the task's result, what it stored, and how much it had read at each report."""

    async def encode(path: Path) -> tuple[Any, dict[str, bytes], list[tuple[int, int]]]:
        store = MemoryObjectStore()
        api = WatchedApi(store)
        tools = real_tools(store=store, api=api, chunk_seconds=24)
        source = store.put_source("users/u/uploads/x/source", path.read_bytes())
        plan = (await run_task(tools, PrepareInput(source=source, output_formats=["480p"]))).plan
        scratch.source_cache.drop_all()
        store.objects = {source.s3_key: store.objects[source.s3_key]}
        store.read_bytes = 0
        result = await run_task(tools, AudioInput(source=source, plan=plan))
        del store.objects[source.s3_key]
        return result, store.objects, api.told

    return encode


@pytest.mark.parametrize("name", SOUNDS)
async def test_the_first_sound_is_listed_early_and_is_that_of_the_whole(
    name: str, make_clip: Callable[..., Path], encode_sound: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph, *codec = SOUNDS[name]
    film = make_clip(name, *PICTURE, "-f", "lavfi", "-i", graph, *X264, *codec)
    result, stored, reports = await encode_sound(film)
    count, read_bytes = reports[0]
    assert count == 2
    assert read_bytes < 0.6 * film.stat().st_size
    await compare(result, stored, encode_sound, film, monkeypatch)


@pytest.mark.parametrize(
    ("cut", "early"),
    [("atrim=14", 2), ("atrim=40", 2), ("aselect='not(between(t,9,30))'", 1)],
    ids=["begins at 14 s", "begins at 40 s", "pauses at 9 s"],
)
async def test_only_what_the_whole_has_too_is_listed_early(
    cut: str, early: int, make_clip: Callable[..., Path], encode_sound: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of sound that stops for a while, the last segment before that would be too short."""
    told: list[int] = []
    tell = SegmentListing.tell

    async def note(listing: SegmentListing) -> None:
        told.append(len(listing._waiting))
        await tell(listing)

    monkeypatch.setattr(SegmentListing, "tell", note)
    graph = f"{TONE}:s=48000:c=stereo,{cut}"
    film = make_clip("film.mp4", *PICTURE, "-f", "lavfi", "-i", graph, *X264, "-c:a", "aac")
    result, stored, _ = await encode_sound(film)
    assert told[0] == early
    await compare(result, stored, encode_sound, film, monkeypatch)


async def test_what_fails_early_is_left_to_the_whole(
    make_clip: Callable[..., Path], encode_sound: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parts are the wrong ones: the decoder complains, and nothing is listed."""
    graph, *codec = SOUNDS["stereo.mp4"]
    film = make_clip("film.mp4", *PICTURE, "-f", "lavfi", "-i", graph, *X264, *codec)
    monkeypatch.setattr(first_sound, "_FETCHED_SECONDS", 12)
    result, stored, reports = await encode_sound(film)
    assert reports[0][1] > 0.9 * film.stat().st_size
    await compare(result, stored, encode_sound, film, monkeypatch)


async def test_sound_that_fails_later_goes_on_as_silence(
    make_clip: Callable[..., Path], encode_sound: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After 17 s nothing can be decoded, when viewers have been told of 12 s; they are told of no
    more until the encode fails at its end."""

    async def tell_nothing(_: SegmentListing) -> None:
        return

    monkeypatch.setattr(SegmentListing, "run", tell_nothing)
    graph, *codec = SOUNDS["stereo.mp4"]
    film = make_clip("good.mkv", *PICTURE, "-f", "lavfi", "-i", graph, *X264, *codec)
    noise = "noise=amount=if(lt(n\\,800)\\,0\\,1)"
    result, stored, reports = await encode_sound(
        make_clip("bad.mkv", "-i", str(film), "-c", "copy", "-bsf:a", noise)
    )
    assert reports[0][0] == 2
    assert [warning.code for warning in result.warnings] == ["no_audio"]
    assert len(result.audio.segments) >= SECONDS / 6
    joined = b"".join(stored[key] for key in [result.audio.init_key, *(s.key for s in result.audio.segments)])
    samples = decode_sound(joined)
    assert len(samples) == pytest.approx(2 * 48_000 * SECONDS, rel=0.001)
    until = 2 * 48_000 * 12
    assert max(samples[:until]) > 20_000
    assert max(samples[until + 4096 :]) == 0


def decode_sound(fragments: bytes) -> "array[int]":
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-i",
        "pipe:0",
        "-f",
        "s16le",
        "-ac",
        "2",
        "pipe:1",
    ]
    run = subprocess.run(command, input=fragments, capture_output=True, check=True)
    assert not run.stderr
    return array("h", run.stdout)


async def compare(
    result: Any, stored: dict[str, bytes], encode_sound: Any, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Check that an encode of the whole sound alone gives the same."""

    async def list_nothing(*_: object, **__: object) -> None:
        return

    monkeypatch.setattr(encode_audio, "list_first_sound", list_nothing)
    whole, stored_whole, _ = await encode_sound(film)
    assert stored == stored_whole
    assert result == whole
    assert f"videos/output/job-1/1/{AUDIO_FOLDER}/00000.m4s" in stored
