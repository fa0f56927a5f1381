"""Which of a completed job's files are needed, and which a crashed attempt has left."""

import pytest

from job_service.deletions.leftovers import list_leftovers
from job_service.testing.processor import build_plan, build_result
from videoforge.messages import (
    AssembleInput,
    AudioInput,
    ClaimGrant,
    EncodeInput,
    EncodeResult,
    PrepareInput,
    SourceRef,
)

JOB = "videos/output/job-1"
SOURCE = SourceRef(s3_key="users/user-1/uploads/u/source.mp4", etag="e", size_bytes=1000)
PLAN = build_plan(["720p"], chunks=2)


def run(task, *, attempt):
    """Return the result of an attempt of a task."""
    grant = ClaimGrant(
        task_id="task-1",
        job_id="job-1",
        video_id="video-1",
        attempt=attempt,
        lease_token="token",
        lease_seconds=90,
        leased_until="2026-11-20T12:00:00Z",
        output_prefix=f"{JOB}/{attempt}/",
        input=task,
    )
    return build_result(grant, chunks=2)


def encode(chunk, *, attempt):
    return run(EncodeInput(source=SOURCE, plan=PLAN, chunk=PLAN.chunks[chunk]), attempt=attempt)


#: The thumbnail is from prepare's second attempt, chunk 0 from its third, chunk 1 from its first,
#: the sound from its third.
RESULTS = [
    run(PrepareInput(source=SOURCE, output_formats=["720p"]), attempt=2),
    encode(0, attempt=3),
    encode(1, attempt=1),
    run(AudioInput(source=SOURCE, plan=PLAN), attempt=3),
    run(AssembleInput(source=SOURCE, plan=PLAN, encoded=[]), attempt=2),
]
# fmt: off
PUBLISHED = [
    "1/720p/00005.m4s", "1/720p/00006.m4s", "1/720p/00007.m4s", "1/720p/00008.m4s", "1/720p/00009.m4s",
    "2/720p.mp4", "2/720p/index.m3u8", "2/audio/index.m3u8", "2/storyboard-000.jpg", "2/storyboard-001.jpg",
    "2/storyboard.vtt", "2/thumbnail.jpg", "3/720p/00000.m4s", "3/720p/00001.m4s", "3/720p/00002.m4s",
    "3/720p/00003.m4s", "3/720p/00004.m4s", "3/720p/init.mp4", "3/audio/00000.m4s", "3/audio/00001.m4s",
    "3/audio/00002.m4s", "3/audio/00003.m4s", "3/audio/00004.m4s", "3/audio/init.mp4",
]
LEFT = [
    "1/720p.mp4", "1/720p/00000.m4s", "1/720p/00001.m4s", "1/720p/index.m3u8", "1/720p/init.mp4",
    "1/audio/00000.m4s", "1/storyboard-000.jpg", "1/storyboard.vtt", "1/thumbnail.jpg", "2/720p/00000.m4s",
    "2/720p/00005.m4s", "2/audio/init.mp4", "3/storyboard-000.jpg", "3/thumbnail.jpg", "4/720p/00004.m4s",
    "4/720p/init.mp4",
]
# fmt: on


def test_exactly_the_files_that_no_result_names_are_left_over():
    keys = sorted(f"{JOB}/{name}" for name in [*PUBLISHED, *LEFT])
    assert list_leftovers(keys, results=RESULTS) == [f"{JOB}/{name}" for name in LEFT]


def test_a_silent_video_without_images_has_fewer_needed_files():
    silent = [
        RESULTS[0].model_copy(update={"thumbnail_key": None}),
        *RESULTS[1:3],
        *(result.model_copy(update={"audio": None}) for result in RESULTS[3:4]),
        RESULTS[4].model_copy(update={"audio": None, "storyboard_key": None}),
    ]
    keys = [f"{JOB}/{name}" for name in PUBLISHED]
    left = list_leftovers(keys, results=silent)
    assert left == [key for key in keys if "audio" in key or key.endswith((".jpg", ".vtt"))]


def test_everything_of_a_deleted_job_is_left_over():
    assert list_leftovers([f"{JOB}/1/720p.mp4"], results=[]) == [f"{JOB}/1/720p.mp4"]


def test_without_a_publication_nothing_is_deleted():
    assert isinstance(RESULTS[1], EncodeResult)
    with pytest.raises(ValueError, match="published nothing"):
        list_leftovers([f"{JOB}/1/720p.mp4"], results=RESULTS[:4])
