"""Table `media_assets` in PostgreSQL, as jobs see it: the source they read, the outputs they publish."""

import uuid
from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.engine import Connection

from job_service.jobs.job import Job
from job_service.jobs.ports import PinnedSource
from job_service.platform.tables import MediaAssetRow
from videoforge.messages import FinishedAudio, FinishedRendition, SourceRef


class PostgresJobAssets:
    def find_source(
        self, transaction: Connection, video_id: str, *, lock: Literal["shared", "exclusive"] | None = None
    ) -> PinnedSource | None:
        query = select(
            MediaAssetRow.user_id,
            MediaAssetRow.s3_key,
            MediaAssetRow.etag,
            MediaAssetRow.size_bytes,
            MediaAssetRow.version_id,
        ).where(MediaAssetRow.video_id == video_id, MediaAssetRow.kind == "source")
        if lock:
            query = query.with_for_update(read=lock == "shared")
        row = transaction.execute(query).mappings().first()
        if row is None:
            return None
        values = {**row, "etag": row["etag"] or ""}
        return PinnedSource(user_id=values.pop("user_id"), ref=SourceRef(**values))

    def replace_outputs(
        self,
        transaction: Connection,
        job: Job,
        *,
        renditions: Sequence[FinishedRendition],
        audio: FinishedAudio | None,
        thumbnail_key: str | None,
        storyboard_key: str | None,
    ) -> list[str]:
        replaced = self._delete_replaced(transaction, job, formats=[item.format for item in renditions])
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
        transaction.execute(insert(MediaAssetRow), rows)
        return self._list_left(transaction, replaced - {job.id})

    def _delete_replaced(self, transaction: Connection, job: Job, *, formats: list[str]) -> set[str]:
        statement = (
            delete(MediaAssetRow)
            .where(
                MediaAssetRow.video_id == job.video_id,
                or_(
                    (MediaAssetRow.kind == "rendition") & MediaAssetRow.format.in_(formats),
                    MediaAssetRow.kind.in_(["audio", "images"]),
                ),
            )
            .returning(MediaAssetRow.job_id)
        )
        return {row.job_id for row in transaction.execute(statement) if row.job_id}

    def _list_left(self, transaction: Connection, job_ids: set[str]) -> list[str]:
        """Return those of the jobs that no current asset belongs to."""
        query = select(MediaAssetRow.job_id).where(MediaAssetRow.job_id.in_(job_ids)).distinct()
        current = {row.job_id for row in transaction.execute(query)}
        return sorted(job_ids - current)


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
