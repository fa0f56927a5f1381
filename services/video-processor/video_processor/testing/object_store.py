"""The object store in memory."""

import hashlib
from pathlib import Path

from video_processor.errors import ObjectChanged, ObjectMissing, StoreAway
from videoforge.messages import SourceRef
from videoforge.problem_codes import Code


class MemoryObjectStore:
    """Objects by key. `is_down` makes every call fail."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.is_down = False

    def put_source(self, key: str, content: bytes) -> SourceRef:
        """Store a source and return it as job-service would pin it."""
        self.objects[key] = content
        etag = hashlib.md5(content, usedforsecurity=False).hexdigest()
        return SourceRef(s3_key=key, etag=f'"{etag}"', size_bytes=len(content))

    async def check(self) -> None:
        self._refuse_when_down()

    async def download_source(self, source: SourceRef, target: Path) -> None:
        await self.check_source(source)
        target.write_bytes(self._get(source.s3_key))

    async def check_source(self, source: SourceRef) -> None:
        content = self._get(source.s3_key)
        etag = hashlib.md5(content, usedforsecurity=False).hexdigest()
        if len(content) != source.size_bytes or etag != source.etag.strip('"'):
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
