"""A cached source is handed on only if unchanged, and for a short time."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from video_processor.errors import ScratchFull
from video_processor.scratch import Scratch
from video_processor.source_cache import KeptSource, SourceCache
from video_processor.testing.media import build_probe
from videoforge.messages import SourceRef
from videoforge_media.byte_ranges import ByteRange

SOURCE = SourceRef(s3_key="users/u/uploads/x/source.mp4", etag='"a"', size_bytes=5)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def keep(cache: Any, folder: Path, source: SourceRef = SOURCE, *, width: int = 640, length: int = 5) -> None:
    path = folder / "source"
    path.write_bytes(b"bytes")
    held = [ByteRange(first=0, length=length)]
    cache.keep(KeptSource(source.s3_key, source, path, held, build_probe(width=width), is_thorough=True))


async def test_what_is_kept_is_found_again_until_it_is_dropped(home: Path, tmp_path: Path) -> None:
    cache = SourceCache(home)
    keep(cache, tmp_path)
    for _ in range(2):
        found = cache.find(SOURCE)
        assert found is not None
        assert (found.probe, found.is_whole) == (build_probe(width=640), True)
        assert found.path.read_bytes() == b"bytes"
    assert cache.list_held_videos() == [SOURCE.s3_key]
    cache.drop(SOURCE)
    assert cache.find(SOURCE) is None
    assert list(home.iterdir()) == cache.list_held_videos() == []


@pytest.mark.parametrize("change", [{"etag": '"b"'}, {"version_id": "2"}, {"size_bytes": 6}])
async def test_another_version_of_a_source_finds_nothing_and_leaves_nothing(
    home: Path, tmp_path: Path, change: dict[str, object]
) -> None:
    cache = SourceCache(home)
    keep(cache, tmp_path)
    assert cache.find(SOURCE.model_copy(update=change)) is None
    assert list(home.iterdir()) == []


async def test_the_sources_used_last_are_kept(home: Path, tmp_path: Path) -> None:
    cache = SourceCache(home)
    sources = [SOURCE.model_copy(update={"s3_key": f"source-{number}"}) for number in range(5)]
    for source in (*sources[:4], sources[0], sources[4]):
        keep(cache, tmp_path, source)
    assert cache.list_held_videos() == [f"source-{number}" for number in (2, 3, 0, 4)]
    assert len(list(home.iterdir())) == 4


async def test_a_whole_file_is_not_replaced_by_a_partial_one(home: Path, tmp_path: Path) -> None:
    cache = SourceCache(home)
    for length, width, is_whole in ((3, 640, False), (2, 320, False), (5, 160, True), (3, 80, True)):
        keep(cache, tmp_path, width=width, length=length)
        found = cache.find(SOURCE)
        assert found is not None
        assert (found.probe.width, found.is_whole) == (width if width > 80 else 160, is_whole)
        assert len(list(home.iterdir())) == 1


async def test_a_file_that_was_changed_is_not_handed_on(home: Path, tmp_path: Path) -> None:
    cache = SourceCache(home)
    for spoil in (lambda path: path.write_bytes(b"BYTES"), lambda path: path.unlink()):
        keep(cache, tmp_path)
        await asyncio.sleep(0.02)  # further than the clock of the file system steps
        spoil(next(home.iterdir()))
        assert cache.find(SOURCE) is None
        assert list(home.iterdir()) == []


async def test_it_is_kept_for_a_short_while_from_the_last_keep_on(home: Path, tmp_path: Path) -> None:
    cache = SourceCache(home, keep_seconds=0.2)
    keep(cache, tmp_path)
    await asyncio.sleep(0.15)
    keep(cache, tmp_path)
    await asyncio.sleep(0.1)  # the first one's time would be over
    assert cache.find(SOURCE) is not None
    await asyncio.sleep(0.2)
    assert list(home.iterdir()) == []
    assert cache.find(SOURCE) is None


async def test_a_source_that_cannot_be_kept_costs_nothing(home: Path, tmp_path: Path) -> None:
    cache = SourceCache(home)
    cache.keep(KeptSource("v", SOURCE, tmp_path / "not-there", [], build_probe(), is_thorough=True))
    assert cache.find(SOURCE) is None


async def test_scratch_gives_up_what_is_kept_before_it_calls_itself_full(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "scratch")
    keep(scratch.source_cache, tmp_path)
    assert scratch.source_cache.size_bytes >= 5
    scratch.check_space(source_bytes=1)
    assert list(scratch._home.glob("cached-*"))
    with pytest.raises(ScratchFull):
        scratch.check_space(source_bytes=1 << 60)
    assert not list(scratch._home.glob("cached-*"))
    keep(scratch.source_cache, tmp_path)
    scratch.close()
    assert list((tmp_path / "scratch").iterdir()) == []
