"""The object store's errors, and its descriptions of objects and parts, independent of the
vendor."""

from dataclasses import dataclass


class UploadLost(Exception):
    """The store does not know this multipart upload (any more): it was completed, aborted or
    lost."""


class ObjectMissing(Exception):
    """There is no object under the key."""


class ObjectChanged(Exception):
    """The object is no longer the one that was pinned."""


@dataclass(frozen=True, kw_only=True)
class ObjectHead:
    """The store's description of an object. `version_id` is None in a store without versioning."""

    size_bytes: int
    etag: str
    version_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class StoredPart:
    part_number: int
    etag: str
    size_bytes: int
