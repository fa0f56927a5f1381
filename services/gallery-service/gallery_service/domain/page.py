"""A request for a page of a list, and the cursor of the page after it.

A cursor is base64url of JSON `[sort, key, id, digest]`: the sort key and the id of the last row
shown. It grants nothing (every list holds only what its viewer may see), so it is not signed; the
digest over the whole request detects a cursor that was edited, cut off or taken from another list.
"""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal, cast

from gallery_service.domain.text import build_title_key, check_storable
from gallery_service.domain.video import Video
from videoforge.gallery import VideoStatus, Visibility
from videoforge_web.cursors import decode_cursor, encode_cursor

DEFAULT_LIMIT: Final = 20
MAX_LIMIT: Final = 100

SortField = Literal["created_at", "title", "duration", "views"]
Sort = Literal["created_at", "-created_at", "title", "-title", "duration", "-duration", "views", "-views"]
DEFAULT_SORT: Final[Sort] = "-created_at"

#: PostgreSQL's bigint; a larger number would be an error of the database instead of a refusal.
MAX_VIEWS: Final = 2**63 - 1

#: of the type that the sort field has: a time, a title key, seconds, a count
SortKey = datetime | str | float | int


class CursorRefused(ValueError):
    """We did not make this cursor for this list."""


@dataclass(frozen=True, kw_only=True)
class VideoFilter:
    """Which videos a list shows. `owner_id` None means the public list; the others narrow it down."""

    owner_id: str | None = None
    search: str = ""
    tag: str | None = None
    status: VideoStatus | None = None
    visibility: Visibility | None = None
    is_trash: bool = False


@dataclass(frozen=True, kw_only=True)
class Position:
    """The last row of the page before."""

    key: SortKey
    id: str


@dataclass(frozen=True, kw_only=True)
class PageRequest:
    filter: VideoFilter = field(default_factory=VideoFilter)
    sort: Sort = DEFAULT_SORT
    limit: int = DEFAULT_LIMIT
    after: Position | None = None

    def go_on(self, cursor: str) -> "PageRequest":
        """Return the request for the page that the cursor names. Raises CursorRefused."""
        return replace(self, after=parse_cursor(cursor, request=self))

    @property
    def sort_field(self) -> SortField:
        return cast(SortField, self.sort.removeprefix("-"))

    @property
    def is_descending(self) -> bool:
        return self.sort.startswith("-")


@dataclass(frozen=True, kw_only=True)
class VideoPage:
    """One page; `next_cursor` is None on the last."""

    items: tuple[Video, ...]
    next_cursor: str | None


def _digest(request: PageRequest, *, key: str | float, id: str) -> str:
    question = json.dumps([asdict(request.filter), request.sort, key, id], ensure_ascii=True)
    return hashlib.blake2b(question.encode(), digest_size=6).hexdigest()


def build_cursor(request: PageRequest, *, last: Video) -> str:
    """Return the cursor of the page after the one that ends with `last`."""
    key = get_sort_key(last, sort_field=request.sort_field)
    wire = key.isoformat() if isinstance(key, datetime) else key
    return encode_cursor(json.dumps([request.sort, wire, last.id, _digest(request, key=wire, id=last.id)]))


def parse_cursor(cursor: str, *, request: PageRequest) -> Position:
    """Return where the page starts. Raises CursorRefused for a cursor of another list, sort or origin."""
    try:
        sort, wire, id_, digest = json.loads(decode_cursor(cursor))
        if sort != request.sort or digest != _digest(request, key=wire, id=id_):
            raise CursorRefused("of another list, or edited")
        return Position(key=_parse_key(wire, sort_field=request.sort_field), id=str(uuid.UUID(id_)))
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise CursorRefused("not a cursor") from error


def _parse_key(wire: Any, *, sort_field: SortField) -> SortKey:
    if sort_field == "created_at":
        return datetime.fromisoformat(wire)
    if sort_field == "title":
        return check_storable(str(wire))
    if sort_field == "duration":
        return float(wire)
    views = int(wire)
    if abs(views) > MAX_VIEWS:
        raise CursorRefused("more views than can be counted")
    return views


def get_sort_key(video: Video, *, sort_field: SortField) -> SortKey:
    """Return the value that the video is sorted by; the id breaks ties, in the same direction."""
    if sort_field == "created_at":
        return video.created_at
    if sort_field == "title":
        return build_title_key(video.title)
    return video.duration_seconds if sort_field == "duration" else video.views


def build_page(found: Sequence[Video], *, request: PageRequest) -> VideoPage:
    """Return the page of what a store found: one more video than the limit if a page follows."""
    items = tuple(found[: request.limit])
    has_next = len(found) > request.limit
    return VideoPage(items=items, next_cursor=build_cursor(request, last=items[-1]) if has_next else None)
