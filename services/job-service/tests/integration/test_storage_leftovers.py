"""A job that was completed although processors crashed; real database, real store."""

import posixpath
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from flask import Flask
from sqlalchemy import text

from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.requests import create_job
from job_service.platform.s3_object_store import S3ObjectStore
from job_service.playback.read_media import MediaRedirect, MediaText, read_media
from job_service.sweeps.reap_leases import reap_leases
from job_service.sweeps.run_deletions import run_deletions
from job_service.tasks.complete_task import complete_task
from job_service.testing.postgres_jobs import PostgresStage
from job_service.testing.processor import FakeProcessor, build_result
from job_service.videos.media_token import MediaGrant
from job_service.videos.ports import VideoPorts
from job_service.web.services import EXTENSION
from tests.servers.fixtures import ObjectStore
from videoforge.keys import build_job_prefix
from videoforge.messages import AssembleResult, ClaimGrant, EncodeResult, TaskCompletion, TaskResult

pytestmark = pytest.mark.integration

USER = "user-1"


@pytest.fixture
def videos(start_app: Callable[..., Flask], store_keys: ObjectStore) -> VideoPorts:
    app = start_app(
        redis_port=1, aws_endpoint_url_s3=store_keys.endpoint_url, s3_bucket_name=store_keys.bucket
    )
    videos: VideoPorts = app.extensions[EXTENSION].videos
    return videos


class StoringProcessor:
    """Stores a few bytes under each key that its results name; two chunks for each video."""

    def __init__(self, stage: PostgresStage, store: S3ObjectStore, folder: Path) -> None:
        self.stage = stage
        self.processor = FakeProcessor(stage.ports)
        self._store = store
        self._file = folder / "object"

    def run(self, job_id: str) -> None:
        self.complete(self.processor.claim_next(job_id))

    def complete(self, grant: ClaimGrant) -> None:
        result = build_result(grant, chunks=2)
        self.store(list_files(result))
        proof = {"attempt": grant.attempt, "lease_token": grant.lease_token}
        complete_task(self.stage.ports, grant.task_id, TaskCompletion(result=result, **proof))

    def crash(self, job_id: str, *, stored: int | None = None) -> None:
        """Store the first `stored` files of the next task, and crash."""
        result = build_result(self.processor.claim_next(job_id), chunks=2)
        self.store(list_files(result)[:stored])
        self.stage.wait(200)
        assert reap_leases(self.stage.ports, grace_seconds=15, lease_seconds=90) == 1
        self.stage.wait(60)

    def store(self, files: Sequence[tuple[str, str]]) -> None:
        for key, content in files:
            self._file.write_text(content)
            self._store.put_file(key, self._file, content_type="application/octet-stream")


def list_files(result: TaskResult) -> list[tuple[str, str]]:
    """Return the keys that a task stores, and their content; a playlist contains its first
    segment's name."""
    if isinstance(result, EncodeResult):
        assert result.audio
        tracks = [*result.renditions, result.audio]
        keys = [segment.key for track in tracks for segment in track.segments]
        return [(key, key) for key in [*keys, *(track.init_key for track in tracks if track.init_key)]]
    if isinstance(result, AssembleResult):
        assert result.audio
        assert result.storyboard_key
        keys = [result.storyboard_key, result.storyboard_key.replace(".vtt", "-000.jpg")]
        keys += [key for item in result.renditions for key in (item.mp4_key, item.playlist_key)]
        return [(key, key) for key in [*keys, result.audio.playlist_key]]
    assert result.thumbnail_key
    return [(result.thumbnail_key, result.thumbnail_key)]


def request_job(stage: PostgresStage) -> tuple[str, str]:
    """Return the ids of a job and its video."""
    video_id = stage.add_source(user_id=USER)
    wish = NewJob(video_id=video_id, output_formats=["720p"])
    return create_job(stage.ports, wish, requester=JobRequester(user_id=USER)).id, video_id


def list_published(stage: PostgresStage, job_id: str) -> list[str]:
    with stage.ports.database.begin() as tx:
        tasks = tx.tasks.list_of_job(job_id, job_attempt=1)
    results = [TaskCompletion(attempt=1, lease_token="x", result=task.result).result for task in tasks]
    return sorted(key for result in results for key, _ in list_files(result))


def watch(videos: VideoPorts, video_id: str, path: str) -> str:
    """Return what a player gets for a path below a playback token."""
    end = videos.clock() + timedelta(hours=1)
    found = read_media(videos, videos.tokens.sign(MediaGrant(video_id=video_id, expires_at=end)), path)
    if isinstance(found, MediaText):
        return found.text
    assert isinstance(found, MediaRedirect)
    answer = requests.get(found.url, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_files_of_crashed_attempts_are_removed_and_the_video_still_plays(
    stage: PostgresStage, videos: VideoPorts, store: S3ObjectStore, tmp_path: Path
) -> None:
    processor = StoringProcessor(stage, store, tmp_path)
    job_id, video_id = request_job(stage)
    processor.run(job_id)
    processor.crash(job_id, stored=3)  # chunk 0
    processor.run(job_id)
    processor.run(job_id)  # chunk 1, in the prefix that the crashed attempt of chunk 0 wrote to
    processor.crash(job_id)  # assemble: everything stored, nothing reported
    processor.run(job_id)
    published = list_published(stage, job_id)
    prefix = build_job_prefix(job_id)
    assert len(store.list_keys(prefix)) == len(published) + 3 + 5

    assert run_deletions(videos) == 0, "a late twin may still write"
    late = f"{prefix}1/720p/00004.m4s"
    processor.store([(late, "late")])
    stage.wait(601)
    assert run_deletions(videos) == 1
    assert sorted(store.list_keys(prefix)) == published

    base = prefix.removeprefix("videos/output/")
    assert f"{base}2/720p/index.m3u8" in watch(videos, video_id, "master.m3u8")
    for key in published:
        path = key.removeprefix("videos/output/")
        assert watch(videos, video_id, path) == key, posixpath.basename(path)


def test_a_job_without_a_second_attempt_schedules_no_cleanup(stage: PostgresStage) -> None:
    job_id, _ = request_job(stage)
    FakeProcessor(stage.ports).run_job(job_id)
    assert stage.list_deletions() == {}


def test_leftovers_of_a_job_purged_in_the_meantime_are_removed_with_it(
    stage: PostgresStage, videos: VideoPorts, store: S3ObjectStore, tmp_path: Path
) -> None:
    processor = StoringProcessor(stage, store, tmp_path)
    job_id, _ = request_job(stage)
    processor.crash(job_id)
    for _ in range(4):
        processor.run(job_id)
    with stage.database.begin() as connection:
        connection.execute(text("delete from jobs"))
    stage.wait(601)
    assert run_deletions(videos) == 1
    assert store.list_keys(build_job_prefix(job_id)) == []
