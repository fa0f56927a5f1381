"""The object store, as those who use it see it: what it raises, and what it says of objects and parts."""

from dataclasses import dataclass


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
