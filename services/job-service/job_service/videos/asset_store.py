"""The table `media_assets` in PostgreSQL: sources, posters and published outputs."""

import uuid
from collections.abc import Sequence
from typing import Any, Final, Literal

from pydantic import TypeAdapter
from sqlalchemy import Float, Integer, delete, exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from job_service.jobs.job import Job
from job_service.jobs.ports import PinnedSource, ReplacedOutputs
from job_service.platform.tables import DeletionRow, JobRow, MediaAssetRow, TaskRow, UploadRow
from job_service.videos.assets import PublishedMedia, SourceAsset, VideoOwner
from videoforge.messages import FinishedAudio, FinishedRendition, SourceRef, TaskResult
from videoforge_media.ladder import PictureSize

_RESULT: Final[TypeAdapter[TaskResult]] = TypeAdapter(TaskResult)


class PostgresMediaAssets:
    """Stores pinned sources and published outputs, and lists what can be watched and deleted."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save_source(self, source: SourceAsset) -> None:
        """Insert; nothing happens if the video already has a source."""
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
        self._connection.execute(statement.on_conflict_do_nothing())

    def save_poster(self, *, video_id: str, user_id: str, s3_key: str, size_bytes: int) -> None:
        """Insert or replace."""
        is_poster = (MediaAssetRow.video_id == video_id) & (MediaAssetRow.kind == "poster")
        self._connection.execute(delete(MediaAssetRow).where(is_poster))
        self._connection.execute(
            insert(MediaAssetRow).values(
                id=str(uuid.uuid4()),
                video_id=video_id,
                user_id=user_id,
                kind="poster",
                s3_key=s3_key,
                size_bytes=size_bytes,
            )
        )

    def find_owner(self, video_id: str, *, for_update: bool = False) -> VideoOwner | None:
        """Return the video's owner. With the lock, no job can be added to the video until the
        transaction ends."""
        query = select(MediaAssetRow.user_id, MediaAssetRow.s3_key).where(
            MediaAssetRow.video_id == video_id, MediaAssetRow.kind == "source"
        )
        row = self._connection.execute(query.with_for_update() if for_update else query).one_or_none()
        return VideoOwner(**row._mapping) if row else None

    def find_source_detail(self, s3_key: str) -> dict[str, Any] | None:
        query = select(MediaAssetRow.detail).where(
            MediaAssetRow.s3_key == s3_key, MediaAssetRow.kind == "source"
        )
        return self._connection.execute(query).scalar_one_or_none()

    def find_published(self, video_id: str) -> PublishedMedia:
        """Return the current assets; an empty set for an unknown video. The completed jobs are all
        included, because a viewer who began before a job was replaced watches its files to the
        end; they are removed later."""
        query = (
            select(MediaAssetRow.kind, MediaAssetRow.job_id, MediaAssetRow.s3_key, MediaAssetRow.detail)
            .where(MediaAssetRow.video_id == video_id, MediaAssetRow.kind != "source")
            .order_by(MediaAssetRow.created_at)
        )
        rows = self._connection.execute(query).all()
        latest = {row.kind: row for row in rows}  # audio and images: the newest wins
        images = latest["images"].detail if "images" in latest else {}
        poster_key = latest["poster"].s3_key if "poster" in latest else None
        is_deleted = self._connection.execute(
            select(exists().where(DeletionRow.scope == "video", DeletionRow.target == video_id))
        ).scalar_one()
        is_early = (JobRow.status == "processing") & (JobRow.playable_seconds > 0)
        jobs = self._connection.execute(
            select(JobRow.id, JobRow.status).where(
                JobRow.video_id == video_id, or_(JobRow.status == "completed", is_early)
            )
        ).all()
        return PublishedMedia(
            video_id=video_id,
            renditions=tuple(
                FinishedRendition.model_validate(row.detail) for row in rows if row.kind == "rendition"
            ),
            audio=FinishedAudio.model_validate(latest["audio"].detail) if "audio" in latest else None,
            thumbnail_key=images.get("thumbnail_key") or poster_key,
            storyboard_key=images.get("storyboard_key"),
            job_ids=frozenset(job.id for job in jobs if job.status == "completed"),
            early_job_ids=frozenset(job.id for job in jobs if job.status == "processing"),
            is_deleted=is_deleted,
        )

    def list_large_keys(self, video_id: str) -> list[str]:
        """Return the keys of the source and the MP4s."""
        query = select(MediaAssetRow.kind, MediaAssetRow.s3_key, MediaAssetRow.detail).where(
            MediaAssetRow.video_id == video_id, MediaAssetRow.kind.in_(["source", "rendition"])
        )
        rows = self._connection.execute(query).all()
        return [row.s3_key if row.kind == "source" else row.detail["mp4_key"] for row in rows]

    def list_job_ids(self, video_id: str) -> list[str]:
        """Return the ids of all jobs that the video ever had."""
        return list(self._connection.execute(select(JobRow.id).where(JobRow.video_id == video_id)).scalars())

    def list_results(self, job_id: str) -> list[TaskResult]:
        """Return the results of the tasks of the job's last try; an empty list for a deleted
        job."""
        query = (
            select(TaskRow.result)
            .join(JobRow, (JobRow.id == TaskRow.job_id) & (JobRow.attempts == TaskRow.job_attempt))
            .where(TaskRow.job_id == job_id, TaskRow.status == "done")
        )
        return [_RESULT.validate_python(result) for result in self._connection.execute(query).scalars()]

    def delete_video(self, video_id: str) -> None:
        """Delete the video's rows: its assets, its jobs with their tasks, and its upload."""
        for table in (MediaAssetRow, JobRow, UploadRow):
            self._connection.execute(delete(table).where(table.video_id == video_id))

    def find_source(
        self, video_id: str, *, lock: Literal["shared", "exclusive"] | None = None
    ) -> PinnedSource | None:
        query = select(
            MediaAssetRow.user_id,
            MediaAssetRow.s3_key,
            MediaAssetRow.etag,
            MediaAssetRow.size_bytes,
            MediaAssetRow.version_id,
            MediaAssetRow.detail["duration_seconds"].astext.cast(Float).label("duration_seconds"),
            MediaAssetRow.detail["width"].astext.cast(Integer).label("width"),
            MediaAssetRow.detail["height"].astext.cast(Integer).label("height"),
        ).where(MediaAssetRow.video_id == video_id, MediaAssetRow.kind == "source")
        if lock:
            query = query.with_for_update(read=lock == "shared")
        row = self._connection.execute(query).mappings().first()
        if row is None:
            return None
        values = {**row, "etag": row["etag"] or ""}
        duration_seconds = values.pop("duration_seconds") or 0.0
        picture = PictureSize(values.pop("width") or 0, values.pop("height") or 0)
        return PinnedSource(
            user_id=values.pop("user_id"),
            ref=SourceRef(**values),
            picture=picture,
            duration_seconds=duration_seconds,
        )

    def list_formats(self, video_id: str) -> list[str]:
        query = select(MediaAssetRow.format).where(
            MediaAssetRow.video_id == video_id, MediaAssetRow.kind == "rendition"
        )
        return [name for name in self._connection.execute(query).scalars() if name]

    def replace_outputs(
        self,
        job: Job,
        *,
        renditions: Sequence[FinishedRendition],
        audio: FinishedAudio | None,
        thumbnail_key: str | None,
        storyboard_key: str | None,
    ) -> list[ReplacedOutputs]:
        replaced = self._delete_replaced(
            job, formats=[item.format for item in renditions], has_audio=audio is not None
        )
        rows = [
            _build_row(
                job,
                "rendition",
                key=item.playlist_key,
                size_bytes=item.size_bytes,
                detail=item.model_dump(),
                format_=item.format,
            )
            for item in renditions
        ]
        if audio:
            rows.append(
                _build_row(
                    job,
                    "audio",
                    key=audio.playlist_key,
                    size_bytes=audio.size_bytes,
                    detail=audio.model_dump(),
                )
            )
        images = {"thumbnail_key": thumbnail_key, "storyboard_key": storyboard_key}
        rows.append(
            _build_row(job, "images", key=thumbnail_key or storyboard_key or "", size_bytes=0, detail=images)
        )
        self._connection.execute(insert(MediaAssetRow), rows)
        return self._describe(replaced)

    def _delete_replaced(self, job: Job, *, formats: list[str], has_audio: bool) -> dict[str, list[str]]:
        """Return the outputs of each job that were deleted."""
        of_video = MediaAssetRow.video_id == job.video_id
        is_rendition = MediaAssetRow.kind == "rendition"
        others = select(exists().where(of_video, is_rendition, MediaAssetRow.format.not_in(formats)))
        keeps_audio = not has_audio and self._connection.execute(others).scalar_one()
        of_newest = ["images"] if keeps_audio else ["images", "audio"]
        is_replaced = is_rendition & MediaAssetRow.format.in_(formats)
        statement = (
            delete(MediaAssetRow)
            .where(of_video, or_(is_replaced, MediaAssetRow.kind.in_(of_newest)))
            .returning(MediaAssetRow.job_id, MediaAssetRow.kind, MediaAssetRow.format)
        )
        replaced: dict[str, list[str]] = {}
        for row in self._connection.execute(statement):
            replaced.setdefault(row.job_id, []).append(row.format or row.kind)
        return replaced

    def _describe(self, replaced: dict[str, list[str]]) -> list[ReplacedOutputs]:
        query = select(MediaAssetRow.job_id).where(MediaAssetRow.job_id.in_(replaced)).distinct()
        current = {row.job_id for row in self._connection.execute(query)}
        return [
            ReplacedOutputs(job_id=job_id, outputs=tuple(sorted(outputs)), is_all=job_id not in current)
            for job_id, outputs in sorted(replaced.items())
        ]


def _build_row(
    job: Job, kind: str, *, key: str, size_bytes: int, detail: dict[str, Any], format_: str | None = None
) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "video_id": job.video_id,
        "user_id": job.user_id,
        "job_id": job.id,
        "kind": kind,
        "format": format_,
        "s3_key": key,
        "size_bytes": size_bytes,
        "detail": detail,
    }
