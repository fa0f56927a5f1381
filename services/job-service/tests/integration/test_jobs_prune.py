"""Records that are no longer needed are deleted after their time, and nothing else; on the real
tables."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from job_service.platform.tables import DeadLetterRow, DeletionRow, MediaAssetRow, ProcessorRow, UploadRow
from job_service.sweeps.prune import prune_records
from job_service.wiring.unit_of_work import UnitsOfWork
from videoforge_clients.postgres import PostgresClient

pytestmark = pytest.mark.integration

NOW = datetime.now(UTC)
OWNER = {"user_id": "user-1"}


@pytest.fixture
def database(postgres_server, jobs_database):
    database = PostgresClient(postgres_server.build_url(jobs_database), application_name="test", pool_size=2)
    yield database
    database.engine.dispose()


def save_upload(connection, name, *, status, days, video_id=None):
    connection.execute(
        insert(UploadRow).values(
            id=name,
            s3_key=name,
            filename="a.mp4",
            content_type="video/mp4",
            size_bytes=1,
            method="single",
            status=status,
            video_id=video_id,
            expires_at=NOW - timedelta(days=days),
            **OWNER,
        )
    )


def save_deletion(connection, name, *, status, days):
    since = NOW - timedelta(days=days)
    connection.execute(
        insert(DeletionRow).values(
            id=name,
            target=name,
            scope="video",
            prefixes=[],
            status=status,
            due_at=since,
            done_at=since if status == "done" else None,
            **OWNER,
        )
    )


def list_ids(database, table):
    with database.begin() as connection:
        return set(connection.execute(select(table.id)).scalars())


def test_uploads_are_deleted_a_month_after_they_ended_without_a_video(database):
    with database.begin() as connection:
        for status in ("aborted", "expired", "lost", "open", "completed"):
            save_upload(connection, f"{status}-old", status=status, days=31)
            save_upload(connection, f"{status}-new", status=status, days=29)
        for name, days in {"shown-old": 31, "gone-old": 31, "gone-new": 29}.items():
            save_upload(connection, name, status="confirmed", days=days, video_id=name)
        source = {"id": "asset", "kind": "source", "s3_key": "shown-old", "size_bytes": 1}
        connection.execute(insert(MediaAssetRow).values(video_id="shown-old", **source, **OWNER))
    before = list_ids(database, UploadRow)
    assert prune_records(UnitsOfWork(database)) == 4
    gone = before - list_ids(database, UploadRow)
    assert gone == {"aborted-old", "expired-old", "lost-old", "gone-old"}


def test_an_unfinished_deletion_is_kept_for_ever(database):
    with database.begin() as connection:
        for status in ("done", "due", "trashed"):
            save_deletion(connection, f"{status}-old", status=status, days=31)
            save_deletion(connection, f"{status}-new", status=status, days=29)
    assert prune_records(UnitsOfWork(database)) == 1
    assert "done-old" not in list_ids(database, DeletionRow)


def test_processors_and_dead_letters_are_deleted_after_their_days(database):
    with database.begin() as connection:
        for days in (6, 8):
            seen = NOW - timedelta(days=days)
            connection.execute(insert(ProcessorRow).values(id=f"p{days}", last_seen_at=seen))
        for days in (14, 16):
            row = {"id": f"d{days}", "body": "{}", "outcome": "redispatched"}
            connection.execute(insert(DeadLetterRow).values(received_at=NOW - timedelta(days=days), **row))
    assert prune_records(UnitsOfWork(database)) == 2
    assert list_ids(database, ProcessorRow) == {"p6"}
    assert list_ids(database, DeadLetterRow) == {"d14"}
    assert prune_records(UnitsOfWork(database)) == 0
