"""A gallery of a million videos with a realistic skew, for bench/gallery_pages.py.

Words, tags and owners follow Zipf's law: the most common word is in about a third of the videos,
the largest owner has about 50,000, and most words, tags and owners are rare. Four words are worst
cases for an index, one for each sort key: `archive` occurs only in the oldest fifth, `teaser` only
in videos under a minute, `classic` only in those with a thousand views, `omega` only where titles
start with x or z.
"""

import itertools
import json
import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, TextIO

from gallery_service.domain.text import build_title_key

WORDS: Final = 50_000
TAGS: Final = 2_000
OWNERS: Final = 20_000
_START: Final = datetime(2023, 1, 1, tzinfo=UTC)
_SPAN: Final = timedelta(days=1200)
_SYLLABLES: Final = "ba ce di fo gu ka le mi no pu ra se ti vo zu xe".split()  # noqa: SIM905


def build_word(rank: int) -> str:
    """Return the word of this rank, from 0, most common first; deterministic."""
    parts, rest = [], rank + 256
    while rest:
        rest, digit = divmod(rest, 16)
        parts.append(_SYLLABLES[digit])
    return "".join(parts)


def build_tag(rank: int) -> str:
    return f"tag {build_word(rank)}"


def build_owner(rank: int) -> str:
    return str(uuid.UUID(int=rank + 1))


class Zipf:
    """Draws ranks from 0 with a probability falling as 1 / (rank + shift)."""

    def __init__(self, count: int, *, shift: float, random_: random.Random) -> None:
        self._ranks = range(count)
        self._weights = list(itertools.accumulate(1 / (rank + shift) for rank in range(count)))
        self._random = random_

    def draw(self, count: int) -> list[int]:
        return self._random.choices(self._ranks, cum_weights=self._weights, k=count)


def build_rows(count: int, *, seed: int = 20261120) -> Iterator[dict[str, object]]:
    """Yield the videos, oldest first."""
    chance = random.Random(seed)
    words = Zipf(WORDS, shift=6, random_=chance)
    tags = Zipf(TAGS, shift=2, random_=chance)
    owners = Zipf(OWNERS, shift=2, random_=chance)
    names = [build_word(rank) for rank in range(WORDS)]
    for index in range(count):
        duration_seconds = round(min(chance.lognormvariate(5.5, 1.3), 20_000), 3)
        title = [names[rank] for rank in words.draw(chance.randint(3, 8))]
        if index < count // 5 and index % 2:
            title.append("archive")
        if duration_seconds < 60:
            title.append("teaser")
        if title[0][0] in "xz":
            title.append("omega")
        views = int(chance.lognormvariate(3, 2.5))
        if views >= 1_000:
            title.append("classic")
        created_at = _START + _SPAN * (index / count) + timedelta(microseconds=chance.randrange(10**6))
        owner, id_ = build_owner(owners.draw(1)[0]), str(uuid.UUID(int=chance.getrandbits(128), version=4))
        yield {
            "id": id_,
            "user_id": owner,
            "title": " ".join(title).capitalize(),
            "title_key": build_title_key(" ".join(title)),
            "description": " ".join(names[rank] for rank in words.draw(chance.randint(5, 45))),
            "tags": sorted({build_tag(rank) for rank in tags.draw(chance.randint(0, 5))}),
            "original_filename": "holiday.mp4",
            "content_type": "video/mp4",
            "s3_key": f"users/{owner}/uploads/{id_}/source.mp4",
            "thumbnail_key": f"videos/posters/{id_}/thumbnail.jpg",
            "duration_seconds": duration_seconds,
            "width": 1920,
            "height": 1080,
            "resolution": "1920x1080",
            "video_codec": "h264",
            "audio_codec": "aac",
            "frame_rate": "30/1",
            "container": "mov,mp4,m4a,3gp,3g2,mj2",
            "file_size_bytes": int(duration_seconds * 500_000),
            "visibility": chance.choices(["public", "unlisted", "private"], [85, 10, 5])[0],
            "status": chance.choices(["ready", "processing", "uploaded", "failed"], [94, 2, 2, 2])[0],
            "views": views,
            "created_at": created_at.isoformat(),
            "updated_at": created_at.isoformat(),
            "deleted_at": created_at.isoformat() if chance.random() < 0.005 else None,
        }


def write_copy(rows: Iterator[dict[str, object]], *, out: TextIO) -> None:
    """Write rows in the text format of COPY; none of the values contains a character to be
    escaped."""
    for row in rows:
        out.write("\t".join(map(_format, row.values())) + "\n")


def _format(value: object) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, list):
        return "{" + ",".join(json.dumps(item) for item in value) + "}"
    return str(value)
