"""Tables `listed_tracks` and `listed_segments` in PostgreSQL. The caller holds the job's lock, so
that no two calls count the same segments."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from job_service.jobs.ports import TrackReach
from job_service.platform.tables import ListedSegmentRow, ListedTrackRow
from videoforge.keys import read_segment_index
from videoforge.messages import EncodedTrack, Segment


class PostgresListedSegments:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, job_id: str, *, tracks: Sequence[EncodedTrack]) -> None:
        for track in tracks:
            self._add_track(job_id, track)
        rows = [
            {
                "job_id": job_id,
                "format": track.format,
                "number": read_segment_index(segment.key),
                "s3_key": segment.key,
                "duration_seconds": segment.duration_seconds,
                "size_bytes": segment.size_bytes,
            }
            for track in tracks
            for segment in track.segments
        ]
        if rows:
            self._connection.execute(insert(ListedSegmentRow).on_conflict_do_nothing(), rows)
            self._advance(job_id, formats=[track.format for track in tracks])

    def _add_track(self, job_id: str, track: EncodedTrack) -> None:
        values = track.model_dump(include={"format", "init_key", "init_size_bytes", "init_sha256", "codecs"})
        statement = insert(ListedTrackRow).values(job_id=job_id, **values)
        keys = [ListedTrackRow.job_id, ListedTrackRow.format]
        if track.init_key is None:
            statement = statement.on_conflict_do_nothing(index_elements=keys)
        else:
            statement = statement.on_conflict_do_update(
                index_elements=keys, set_=values, where=ListedTrackRow.init_key.is_(None)
            )
        self._connection.execute(statement)

    def _advance(self, job_id: str, *, formats: Sequence[str]) -> None:
        """Count the segments that follow those counted before without a gap."""
        place = func.row_number().over(partition_by=ListedSegmentRow.format, order_by=ListedSegmentRow.number)
        following = (
            select(
                ListedSegmentRow.format,
                ListedSegmentRow.number,
                ListedSegmentRow.duration_seconds,
                (ListedTrackRow.reached_segments + place - 1).label("expected"),
            )
            .join(
                ListedTrackRow,
                and_(
                    ListedTrackRow.job_id == ListedSegmentRow.job_id,
                    ListedTrackRow.format == ListedSegmentRow.format,
                ),
            )
            .where(
                ListedSegmentRow.job_id == job_id,
                ListedSegmentRow.format.in_(formats),
                ListedSegmentRow.number >= ListedTrackRow.reached_segments,
            )
            .subquery()
        )
        added = (
            select(
                following.c.format,
                func.count().label("segments"),
                func.sum(following.c.duration_seconds).label("seconds"),
            )
            .where(following.c.number == following.c.expected)
            .group_by(following.c.format)
            .subquery()
        )
        self._connection.execute(
            update(ListedTrackRow)
            .where(ListedTrackRow.job_id == job_id, ListedTrackRow.format == added.c.format)
            .values(
                reached_segments=ListedTrackRow.reached_segments + added.c.segments,
                reached_seconds=ListedTrackRow.reached_seconds + added.c.seconds,
            )
        )

    def find_reach(self, job_id: str) -> Mapping[str, TrackReach]:
        query = select(
            ListedTrackRow.format,
            ListedTrackRow.init_key,
            ListedTrackRow.codecs,
            ListedTrackRow.reached_segments,
            ListedTrackRow.reached_seconds,
        ).where(ListedTrackRow.job_id == job_id)
        return {
            row.format: TrackReach(
                init_key=row.init_key,
                codecs=row.codecs,
                segments=row.reached_segments,
                seconds=row.reached_seconds,
            )
            for row in self._connection.execute(query)
        }

    def list_tracks(
        self, job_id: str, *, formats: Sequence[str], first: int = 0, end: int | None = None
    ) -> list[EncodedTrack]:
        segments: dict[str, list[Segment]] = {}
        for row in self._connection.execute(_select_segments(job_id, formats=formats, first=first, end=end)):
            stored = Segment(key=row.s3_key, duration_seconds=row.duration_seconds, size_bytes=row.size_bytes)
            segments.setdefault(row.format, []).append(stored)
        query = select(
            ListedTrackRow.format,
            ListedTrackRow.init_key,
            ListedTrackRow.init_size_bytes,
            ListedTrackRow.init_sha256,
            ListedTrackRow.codecs,
        ).where(ListedTrackRow.job_id == job_id, ListedTrackRow.format.in_(formats))
        return [
            EncodedTrack(**row, segments=segments.get(row["format"], []))
            for row in self._connection.execute(query.order_by(ListedTrackRow.format)).mappings()
        ]

    def forget(self, job_id: str) -> None:
        for table in (ListedSegmentRow, ListedTrackRow):
            self._connection.execute(delete(table).where(table.job_id == job_id))


def _select_segments(job_id: str, *, formats: Sequence[str], first: int, end: int | None) -> Any:
    query = select(
        ListedSegmentRow.format,
        ListedSegmentRow.s3_key,
        ListedSegmentRow.duration_seconds,
        ListedSegmentRow.size_bytes,
    ).where(
        ListedSegmentRow.job_id == job_id,
        ListedSegmentRow.format.in_(formats),
        ListedSegmentRow.number >= first,
    )
    if end is not None:
        query = query.where(ListedSegmentRow.number < end)
    return query.order_by(ListedSegmentRow.format, ListedSegmentRow.number)
