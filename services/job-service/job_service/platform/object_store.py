"""The object store, as those who use it see it: what it raises, and what it says of objects and parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class UploadLost(Exception):
    """The store knows no such multipart upload (any more): it was completed, aborted or forgotten."""


class ObjectMissing(Exception):
    """There is no object under the key."""


class ObjectChanged(Exception):
    """The object is no longer the one that was pinned."""


@dataclass(frozen=True, kw_only=True)
class ObjectHead:
    """What the store says of an object. `version_id` is None in a store without versions."""

    size_bytes: int
    etag: str
    version_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class StoredPart:
    part_number: int
    etag: str
    size_bytes: int


class ObjectStore(Protocol):
    """Every call that reaches the store raises Problem 503 `store_unavailable` when it does not answer;
    signing reaches nothing."""

    def sign_put(self, key: str, *, content_type: str, size_bytes: int, seconds: int) -> str: ...

    def sign_part(
        self, key: str, *, upload_id: str, part_number: int, size_bytes: int, seconds: int
    ) -> str: ...

    def sign_get(
        self, key: str, *, seconds: int, content_type: str | None = None, filename: str | None = None
    ) -> str: ...

    def sign_head(self, key: str, *, seconds: int) -> str: ...

    def start_multipart(self, key: str, *, content_type: str) -> str: ...

    def list_parts(self, key: str, *, upload_id: str) -> list[StoredPart]:
        """Return the parts in order. Raises UploadLost."""

    def complete_multipart(self, key: str, *, upload_id: str, parts: Sequence[StoredPart]) -> None:
        """Join the parts. Raises UploadLost."""

    def abort_multipart(self, key: str, *, upload_id: str) -> None:
        """Drop the upload and its parts; nothing happens where it is gone already."""

    def find_object(self, key: str) -> ObjectHead | None: ...

    def get_bytes(self, key: str, *, limit_bytes: int) -> bytes:
        """Return a small object. Raises ObjectMissing; ValueError above the limit."""

    def download_range(self, key: str, *, etag: str, first: int, length: int, path: Path) -> None:
        """Write one range of the object to the same place in the file. Raises ObjectMissing and
        ObjectChanged."""

    def put_file(self, key: str, path: Path, *, content_type: str) -> int:
        """Write a small object from a file and return its size in bytes."""

    def delete_object(self, key: str) -> None:
        """Delete one object; nothing happens where there is none."""

    def delete_prefix(self, prefix: str) -> int:
        """Delete until the listing below the prefix is empty; return how many were deleted."""

    def list_keys(self, prefix: str) -> list[str]: ...

    def delete_objects(self, keys: Sequence[str]) -> None:
        """Delete many; nothing happens for those that are gone."""
