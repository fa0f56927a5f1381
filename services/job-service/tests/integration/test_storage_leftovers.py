"""What remains in the store of jobs that were completed although processors crashed, that failed, or
whose outputs a later job has replaced; real database, real store."""

import posixpath
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from flask import Flask
from sqlalchemy import text

from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.kept_tasks import KEEP_SECONDS
from job_service.jobs.replaced_outputs import KEEP_REPLACED_SECONDS
from job_service.jobs.requests import create_job, retry_job
from job_service.platform.s3_object_store import S3ObjectStore
from job_service.playback.read_media import MediaRedirect, MediaText, read_media
from job_service.sweeps.reap_leases import reap_leases
from job_service.sweeps.run_deletions import run_deletions
from job_service.tasks.complete_task import complete_task
from job_service.tasks.fail_task import fail_task
from job_service.testing.postgres_jobs import PostgresStage
from job_service.testing.processor import FakeProcessor, build_result
from job_service.videos.media_token import MediaGrant
from job_service.videos.ports import VideoPorts
from job_service.web.services import EXTENSION
from tests.servers.fixtures import ObjectStore
from videoforge.keys import build_job_prefix
from videoforge.messages import (
    AssembleResult,
    AudioResult,
    ClaimGrant,
    EncodeInput,
    EncodeResult,
    TaskCompletion,
    TaskError,
    TaskFailure,
    TaskResult,
)
from videoforge.problems import Problem

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
    if isinstance(result, EncodeResult | AudioResult):
        tracks = [*result.renditions] if isinstance(result, EncodeResult) else []
        tracks += [result.audio] if result.audio else []
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


def request_job(
    stage: PostgresStage, *, video_id: str | None = None, formats: Sequence[str] = ("720p",)
) -> tuple[str, str]:
    """Return the ids of a job and its video."""
    video_id = video_id or stage.add_source(user_id=USER)
    wish = NewJob(video_id=video_id, output_formats=list(formats))
    return create_job(stage.ports, wish, requester=JobRequester(user_id=USER)).id, video_id


def list_published(stage: PostgresStage, job_id: str, *, job_attempt: int = 1) -> list[str]:
    with stage.ports.database.begin() as tx:
        tasks = tx.tasks.list_of_job(job_id, job_attempt=job_attempt)
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
    processor.run(job_id)  # the sound
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
    for _ in range(5):
        processor.run(job_id)
    with stage.database.begin() as connection:
        connection.execute(text("delete from jobs"))
    stage.wait(601)
    assert run_deletions(videos) == 1
    assert store.list_keys(build_job_prefix(job_id)) == []


def fail_next(stage: PostgresStage, job_id: str) -> None:
    """Store nothing, and end the job."""
    grant = FakeProcessor(stage.ports).claim_next(job_id)
    error = TaskError(code="undecodable_media", message="It cannot be decoded.", retryable=False)
    proof = {"attempt": grant.attempt, "lease_token": grant.lease_token}
    fail_task(stage.ports, grant.task_id, TaskFailure(kind="bad_input", error=error, **proof))


def test_a_retry_publishes_the_chunks_of_the_failed_try_and_leaves_nothing_else(
    stage: PostgresStage, videos: VideoPorts, store: S3ObjectStore, tmp_path: Path
) -> None:
    processor = StoringProcessor(stage, store, tmp_path)
    job_id, video_id = request_job(stage)
    processor.run(job_id)
    processor.crash(job_id, stored=3)
    for _ in range(2):
        processor.run(job_id)  # chunk 0, in the second attempt, and the sound
    fail_next(stage, job_id)  # chunk 1
    stage.wait(601)
    assert run_deletions(videos) == 0
    retry_job(stage.ports, job_id, user_id=USER)
    for _ in range(2):
        processor.run(job_id)
    stage.wait(601)
    assert run_deletions(videos) == 1
    published = list_published(stage, job_id, job_attempt=2)
    assert sorted(store.list_keys(build_job_prefix(job_id))) == published
    assert {key.split("/")[3] for key in published} == {"1", "2"}
    for key in published:
        assert watch(videos, video_id, key.removeprefix("videos/output/")) == key


def test_the_chunks_of_a_failed_job_are_removed_in_the_end(
    stage: PostgresStage, videos: VideoPorts, store: S3ObjectStore, tmp_path: Path
) -> None:
    processor = StoringProcessor(stage, store, tmp_path)
    job_id, _ = request_job(stage)
    for _ in range(3):
        processor.run(job_id)
    fail_next(stage, job_id)
    stage.wait(KEEP_SECONDS + 1)
    assert run_deletions(videos) == 1
    assert store.list_keys(build_job_prefix(job_id)) == []
    retry_job(stage.ports, job_id, user_id=USER)
    processor.run(job_id)
    first = processor.processor.claim_next(job_id).input
    assert isinstance(first, EncodeInput)
    assert first.chunk.index == 0, "of the new plan"


def test_a_rendition_made_again_replaces_its_own_files_and_no_viewer_notices(
    stage: PostgresStage, videos: VideoPorts, store: S3ObjectStore, tmp_path: Path
) -> None:
    processor = StoringProcessor(stage, store, tmp_path)
    first_id, video_id = request_job(stage, formats=["720p", "480p"])
    processor.run(first_id)
    processor.crash(first_id)  # chunk 0
    for _ in range(4):
        processor.run(first_id)
    stage.wait(601)
    run_deletions(videos)
    before = list_published(stage, first_id)
    again_id, _ = request_job(stage, video_id=video_id, formats=["720p"])
    for _ in range(5):
        processor.run(again_id)

    made = list_published(stage, again_id)
    stays = [key for key in before if "/480p" in key]
    assert {key.split("/")[3] for key in before} == {"1", "2"}  # two attempts wrote it
    master = watch(videos, video_id, "master.m3u8")
    for key in (f"{first_id}/1/480p", f"{again_id}/1/720p", f"{again_id}/1/audio"):
        assert f"{key}/index.m3u8" in master
    for key in [*before, *made]:  # those who began before the switch still watch the old files
        assert watch(videos, video_id, key.removeprefix("videos/output/")) == key

    stage.wait(KEEP_REPLACED_SECONDS - 60)
    assert run_deletions(videos) == 0
    stage.wait(61)
    assert run_deletions(videos) == 1
    assert sorted(store.list_keys(build_job_prefix(first_id))) == stays
    for key in [*stays, *made]:
        assert watch(videos, video_id, key.removeprefix("videos/output/")) == key


def test_those_who_watch_a_job_that_is_replaced_entirely_watch_it_to_the_end(
    stage: PostgresStage, videos: VideoPorts, store: S3ObjectStore, tmp_path: Path
) -> None:
    processor = StoringProcessor(stage, store, tmp_path)
    first_id, video_id = request_job(stage)
    for _ in range(5):
        processor.run(first_id)
    again_id, _ = request_job(stage, video_id=video_id)
    for _ in range(5):
        processor.run(again_id)
    assert first_id not in watch(videos, video_id, "master.m3u8")
    for key in list_published(stage, first_id):
        assert watch(videos, video_id, key.removeprefix("videos/output/")) == key
    stage.wait(KEEP_REPLACED_SECONDS + 1)
    assert run_deletions(videos) == 1
    assert store.list_keys(build_job_prefix(first_id)) == []


def test_what_a_failed_job_wrote_is_not_shown(
    stage: PostgresStage, videos: VideoPorts, store: S3ObjectStore, tmp_path: Path
) -> None:
    processor = StoringProcessor(stage, store, tmp_path)
    first_id, video_id = request_job(stage)
    for _ in range(5):
        processor.run(first_id)
    again_id, _ = request_job(stage, video_id=video_id)
    for _ in range(3):
        processor.run(again_id)
    fail_next(stage, again_id)
    assert again_id not in watch(videos, video_id, "master.m3u8")
    with pytest.raises(Problem, match="media_not_found"):
        watch(videos, video_id, f"{again_id}/1/720p/00000.m4s")
