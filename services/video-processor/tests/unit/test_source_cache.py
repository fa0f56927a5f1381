"""A cached source is handed on once, only if unchanged, and for a short time."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from video_processor.errors import ScratchFull
from video_processor.scratch import Scratch
from video_processor.source_cache import SourceCache
from video_processor.testing.media import build_probe
from videoforge.messages import SourceRef

SOURCE = SourceRef(s3_key="users/u/uploads/x/source.mp4", etag='"a"', size_bytes=5)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def keep(cache: Any, folder: Path, source: SourceRef = SOURCE, *, width: int = 640) -> None:
    path = folder / "source"
    path.write_bytes(b"bytes")
    cache.keep(source, path, probe=build_probe(width=width))
    assert not path.exists()


async def test_what_is_kept_is_taken_once(home: Path, tmp_path: Path) -> None:
    cache, target = SourceCache(home), tmp_path / "again"
    keep(cache, tmp_path)
    assert cache.take(SOURCE, target) == build_probe(width=640)
    assert target.read_bytes() == b"bytes"
    assert cache.take(SOURCE, tmp_path / "third") is None
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    "change", [{"s3_key": "other"}, {"etag": '"b"'}, {"version_id": "2"}, {"size_bytes": 6}]
)
async def test_another_source_finds_nothing_and_leaves_nothing(
    home: Path, tmp_path: Path, change: dict[str, object]
) -> None:
    cache = SourceCache(home)
    keep(cache, tmp_path)
    assert cache.take(SOURCE.model_copy(update=change), tmp_path / "again") is None
    assert list(home.iterdir()) == []


async def test_a_file_that_was_changed_is_not_handed_on(home: Path, tmp_path: Path) -> None:
    cache = SourceCache(home)
    for spoil in (lambda path: path.write_bytes(b"BYTES"), lambda path: path.unlink()):
        keep(cache, tmp_path)
        await asyncio.sleep(0.02)  # further than the clock of the file system steps
        spoil(home / "cached-source")
        assert cache.take(SOURCE, tmp_path / "again") is None
        assert list(home.iterdir()) == []


async def test_it_is_kept_for_a_short_while_from_the_last_keep_on(home: Path, tmp_path: Path) -> None:
    cache = SourceCache(home, keep_seconds=0.2)
    keep(cache, tmp_path)
    await asyncio.sleep(0.15)
    keep(cache, tmp_path, width=320)
    await asyncio.sleep(0.1)  # the first one's time would be over
    assert cache.take(SOURCE, tmp_path / "again") == build_probe(width=320)
    keep(cache, tmp_path)
    await asyncio.sleep(0.3)
    assert list(home.iterdir()) == []
    assert cache.take(SOURCE, tmp_path / "again") is None


async def test_a_source_that_cannot_be_kept_costs_nothing(home: Path, tmp_path: Path) -> None:
    cache = SourceCache(home)
    cache.keep(SOURCE, tmp_path / "not-there", probe=build_probe())
    assert cache.take(SOURCE, tmp_path / "again") is None


async def test_scratch_gives_up_what_is_kept_before_it_calls_itself_full(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "scratch")
    keep(scratch.source_cache, tmp_path)
    scratch.check_space(source_bytes=1)
    assert list(scratch._home.glob("cached-*"))
    with pytest.raises(ScratchFull):
        scratch.check_space(source_bytes=1 << 60)
    assert not list(scratch._home.glob("cached-*"))
    keep(scratch.source_cache, tmp_path)
    scratch.close()
    assert list((tmp_path / "scratch").iterdir()) == []
