"""The object store in memory."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from video_processor.errors import ObjectChanged, ObjectMissing, StoreAway
from videoforge.messages import SourceRef
from videoforge.problem_codes import Code
from videoforge_media.byte_ranges import ByteRange, count_bytes


@lru_cache(maxsize=2)  # a source is read in many parts
def _build_etag(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


class MemoryObjectStore:
    """Objects by key. `is_down` makes every call fail, `read_bytes` counts what was read of
    sources."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.is_down = False
        self.read_bytes = 0

    def put_source(self, key: str, content: bytes) -> SourceRef:
        """Store a source and return it as job-service would pin it."""
        self.objects[key] = content
        return SourceRef(s3_key=key, etag=f'"{_build_etag(content)}"', size_bytes=len(content))

    async def check(self) -> None:
        self._refuse_when_down()

    async def download_source(self, source: SourceRef, target: Path, *, ranges: Sequence[ByteRange]) -> None:
        await self.check_source(source)
        content = self._get(source.s3_key)
        with target.open("r+b" if target.exists() else "wb") as file:
            file.truncate(source.size_bytes)
            for part in ranges:
                file.seek(part.first)
                file.write(content[part.first : part.end])
        self.read_bytes += count_bytes(ranges)

    async def check_source(self, source: SourceRef) -> None:
        content = self._get(source.s3_key)
        if len(content) != source.size_bytes or _build_etag(content) != source.etag.strip('"'):
            raise ObjectChanged(source.s3_key)

    async def read_into(self, key: str, target: Path, *, offset: int, size_bytes: int) -> None:
        content = self._get(key)
        if len(content) != size_bytes:
            raise ObjectChanged(key)
        with target.open("r+b" if target.exists() else "w+b") as file:
            file.seek(offset)
            file.write(content)

    async def upload(self, path: Path, *, key: str) -> int:
        self._refuse_when_down()
        self.objects[key] = path.read_bytes()
        return len(self.objects[key])

    async def find_size(self, key: str) -> int | None:
        self._refuse_when_down()
        return len(self.objects[key]) if key in self.objects else None

    def _get(self, key: str) -> bytes:
        self._refuse_when_down()
        if key not in self.objects:
            raise ObjectMissing(key)
        return self.objects[key]

    def _refuse_when_down(self) -> None:
        if self.is_down:
            raise StoreAway(Code.store_unavailable, "The object store does not answer.")
