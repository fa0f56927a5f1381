"""The table `media_assets` in PostgreSQL, as confirming, watching and deleting see it."""

import uuid
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from job_service.platform.tables import DeletionRow, JobRow, MediaAssetRow, TaskRow, UploadRow
from job_service.videos.ports import SourceAsset, VideoOwner
from job_service.videos.published import PublishedMedia
from videoforge.messages import FinishedAudio, FinishedRendition, TaskResult

_RESULT: Final[TypeAdapter[TaskResult]] = TypeAdapter(TaskResult)


class PostgresMediaAssets:
    """MediaAssets."""

    def save_source(self, transaction: Connection, source: SourceAsset) -> None:
        statement = insert(MediaAssetRow).values(
            id=str(uuid.uuid4()),
            video_id=source.video_id,
            user_id=source.user_id,
            kind="source",
            s3_key=source.s3_key,
            size_bytes=source.head.size_bytes,
            etag=source.head.etag,
            version_id=source.head.version_id,
            detail=source.detail,
        )
        transaction.execute(statement.on_conflict_do_nothing())

    def save_poster(
        self, transaction: Connection, *, video_id: str, user_id: str, s3_key: str, size_bytes: int
    ) -> None:
        is_poster = (MediaAssetRow.video_id == video_id) & (MediaAssetRow.kind == "poster")
        transaction.execute(delete(MediaAssetRow).where(is_poster))
        transaction.execute(
            insert(MediaAssetRow).values(
                id=str(uuid.uuid4()),
                video_id=video_id,
                user_id=user_id,
                kind="poster",
                s3_key=s3_key,
                size_bytes=size_bytes,
            )
        )

    def find_owner(
        self, transaction: Connection, video_id: str, *, for_update: bool = False
    ) -> VideoOwner | None:
        query = select(MediaAssetRow.user_id, MediaAssetRow.s3_key).where(
            MediaAssetRow.video_id == video_id, MediaAssetRow.kind == "source"
        )
        row = transaction.execute(query.with_for_update() if for_update else query).one_or_none()
        return VideoOwner(**row._mapping) if row else None

    def find_source_detail(self, transaction: Connection, s3_key: str) -> dict[str, Any] | None:
        query = select(MediaAssetRow.detail).where(
            MediaAssetRow.s3_key == s3_key, MediaAssetRow.kind == "source"
        )
        return transaction.execute(query).scalar_one_or_none()

    def find_published(self, transaction: Connection, video_id: str) -> PublishedMedia:
        query = (
            select(MediaAssetRow.kind, MediaAssetRow.job_id, MediaAssetRow.s3_key, MediaAssetRow.detail)
            .where(MediaAssetRow.video_id == video_id, MediaAssetRow.kind != "source")
            .order_by(MediaAssetRow.created_at)
        )
        rows = transaction.execute(query).all()
        latest = {row.kind: row for row in rows}  # sound and pictures: the newest wins
        images = latest["images"].detail if "images" in latest else {}
        poster_key = latest["poster"].s3_key if "poster" in latest else None
        is_deleted = transaction.execute(
            select(exists().where(DeletionRow.scope == "video", DeletionRow.target == video_id))
        ).scalar_one()
        return PublishedMedia(
            video_id=video_id,
            renditions=tuple(
                FinishedRendition.model_validate(row.detail) for row in rows if row.kind == "rendition"
            ),
            audio=FinishedAudio.model_validate(latest["audio"].detail) if "audio" in latest else None,
            thumbnail_key=images.get("thumbnail_key") or poster_key,
            storyboard_key=images.get("storyboard_key"),
            job_ids=frozenset(row.job_id for row in rows if row.job_id),
            is_deleted=is_deleted,
        )

    def list_large_keys(self, transaction: Connection, video_id: str) -> list[str]:
        query = select(MediaAssetRow.kind, MediaAssetRow.s3_key, MediaAssetRow.detail).where(
            MediaAssetRow.video_id == video_id, MediaAssetRow.kind.in_(["source", "rendition"])
        )
        rows = transaction.execute(query).all()
        return [row.s3_key if row.kind == "source" else row.detail["mp4_key"] for row in rows]

    def list_job_ids(self, transaction: Connection, video_id: str) -> list[str]:
        return list(transaction.execute(select(JobRow.id).where(JobRow.video_id == video_id)).scalars())

    def list_results(self, transaction: Connection, job_id: str) -> list[TaskResult]:
        query = (
            select(TaskRow.result)
            .join(JobRow, (JobRow.id == TaskRow.job_id) & (JobRow.attempts == TaskRow.job_attempt))
            .where(TaskRow.job_id == job_id, TaskRow.status == "done")
        )
        return [_RESULT.validate_python(result) for result in transaction.execute(query).scalars()]

    def delete_video(self, transaction: Connection, video_id: str) -> None:
        for table in (MediaAssetRow, JobRow, UploadRow):
            transaction.execute(delete(table).where(table.video_id == video_id))
