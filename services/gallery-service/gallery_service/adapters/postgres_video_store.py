"""Videos in PostgreSQL, through SQLAlchemy Core: tables gallery_videos, _renditions, _publications."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    Connection,
    Select,
    any_,
    cast,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_or_skip
from sqlalchemy.engine import RowMapping

from gallery_service.adapters.tables import publications, renditions, videos
from gallery_service.domain.page import PageRequest, VideoPage, build_page
from gallery_service.domain.text import build_title_key
from gallery_service.domain.video import Video, order_renditions
from gallery_service.search.find_page import find_page_ids
from videoforge.gallery import GalleryRendition
from videoforge_clients.postgres import PostgresClient

_FIELDS: Final = [name for name in Video.model_fields if name != "renditions"]
#: Written once; only add_view counts `views`, and takes no lock.
_FIXED: Final = {"id", "user_id", "s3_key", "created_at", "views"}

_RENDITION_FIELDS: Final = list(GalleryRendition.model_fields)
#: Without field names, which take a quarter of the time to write and read a hundred rows.
_RENDITIONS_JSON: Final = (
    select(func.json_agg(func.json_build_array(*(renditions.c[name] for name in _RENDITION_FIELDS))))
    .where(renditions.c.video_id == videos.c.id)
    .scalar_subquery()
    .label("renditions")
)


def _select_videos() -> Select[Any]:
    """One row per video with its renditions in it, so that a page is one query and not one more per row."""
    return select(*(videos.c[name] for name in _FIELDS), _RENDITIONS_JSON)


def _build_video(row: RowMapping) -> Video:
    values = dict(row)
    found = [
        GalleryRendition(**dict(zip(_RENDITION_FIELDS, parts, strict=True)))
        for parts in values["renditions"] or ()
    ]
    return Video(**values | {"renditions": order_renditions(found)})


def _build_row(video: Video) -> dict[str, Any]:
    row = {name: getattr(video, name) for name in _FIELDS}
    return row | {"tags": list(video.tags), "title_key": build_title_key(video.title)}


class PostgresVideoTransaction:
    """See ports.VideoTransaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find_video(self, video_id: str) -> Video | None:
        return self.find_videos([video_id]).get(video_id)

    def find_videos(self, video_ids: Sequence[str]) -> dict[str, Video]:
        """Two statements: a single one that locks and reads would, after waiting for the lock, see
        the new video with the old renditions, and so lose another job's (tried)."""
        wanted = videos.c.id.in_(video_ids)
        self._connection.execute(select(videos.c.id).where(wanted).order_by(videos.c.id).with_for_update())
        found = [
            _build_video(row) for row in self._connection.execute(_select_videos().where(wanted)).mappings()
        ]
        return {video.id: video for video in found}

    def find_by_source(self, s3_key: str) -> Video | None:
        row = self._connection.execute(_select_videos().where(videos.c.s3_key == s3_key)).mappings().first()
        return _build_video(row) if row else None

    def insert_video(self, video: Video) -> bool:
        statement = insert_or_skip(videos).values(_build_row(video)).on_conflict_do_nothing()
        is_new = self._connection.execute(statement).rowcount == 1
        if is_new:
            self._save_renditions(video)
        return is_new

    def save_video(self, video: Video) -> None:
        row = {name: value for name, value in _build_row(video).items() if name not in _FIXED}
        self._connection.execute(update(videos).where(videos.c.id == video.id).values(row))
        self._save_renditions(video)

    def _save_renditions(self, video: Video) -> None:
        self._connection.execute(delete(renditions).where(renditions.c.video_id == video.id))
        if video.renditions:
            rows = [{"video_id": video.id, **rendition.model_dump()} for rendition in video.renditions]
            self._connection.execute(insert(renditions), rows)

    def save_publication(self, job_id: str, *, video_id: str, at: datetime) -> bool:
        values = {"job_id": job_id, "video_id": video_id, "published_at": at}
        statement = insert_or_skip(publications).values(values).on_conflict_do_nothing()
        return self._connection.execute(statement).rowcount == 1

    def delete_video(self, video_id: str) -> None:
        self._connection.execute(delete(videos).where(videos.c.id == video_id))


class PostgresVideoStore:
    """See ports.VideoStore; safe to share between threads."""

    def __init__(self, database: PostgresClient) -> None:
        self._database = database

    @contextmanager
    def begin(self) -> Iterator[PostgresVideoTransaction]:
        with self._database.begin() as connection:
            yield PostgresVideoTransaction(connection)

    def find_video(self, video_id: str) -> Video | None:
        with self._database.connect() as connection:
            row = connection.execute(_select_videos().where(videos.c.id == video_id)).mappings().first()
        return _build_video(row) if row else None

    def list_videos(self, request: PageRequest) -> VideoPage:
        with self._database.connect() as connection:
            ids = find_page_ids(connection, request)
            # One array and not a hundred parameters, which SQLAlchemy would render again each time.
            query = _select_videos().where(videos.c.id == any_(cast(ids, ARRAY(videos.c.id.type))))
            found = {row["id"]: _build_video(row) for row in connection.execute(query).mappings()}
        # A video that changed between the two queries may have moved or gone: it is shown as it is now.
        return build_page([found[id_] for id_ in ids if id_ in found], request=request)

    def add_view(self, video_id: str) -> bool:
        counted = update(videos).where(videos.c.id == video_id).values(views=videos.c.views + 1)
        with self._database.begin() as connection:
            return connection.execute(counted).rowcount == 1
