"""Segments that are listed while their video is encoded: one that was listed stays, whatever
becomes of the attempt that stored it.

Run on the memory stores and on PostgreSQL.
"""

import pytest

from job_service.jobs.end_job import fail_job
from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.requests import cancel_job, create_job, retry_job
from job_service.jobs.views import get_job
from job_service.tasks.claim_task import hand_over, lease_task
from job_service.tasks.complete_task import complete_task
from job_service.tasks.list_segments import list_segments
from job_service.tasks.reports import report_progress
from job_service.testing.processor import METRICS, build_completion, build_proof, build_result
from videoforge.messages import (
    AudioResult,
    ClaimRequest,
    EncodedTrack,
    EncodeResult,
    ProgressReport,
    RenditionProgress,
    Segment,
    SegmentReport,
    TaskCompletion,
    TaskError,
)
from videoforge.problems import Problem

SEGMENTS_OF_CHUNK = 5
#: segments of another job, of no job, of another attempt and format, with another name, and empty
FOREIGN = [
    {"key": "videos/output/another-job/1/720p/00000.m4s"},
    {"key": "users/u/uploads/x/source.mp4"},
    {"key": "{job}2/720p/00000.m4s"},
    {"key": "{job}1/480p/00000.m4s"},
    {"key": "{job}1/720p/0.m4s"},
    {"size_bytes": 0},
    {"duration_seconds": 0},
]


@pytest.fixture
def job_id(stage, processor):
    """A job of two chunks of 30 s, whose prepare is done."""
    wish = NewJob(video_id=stage.add_source(user_id="user-1"), output_formats=["720p", "480p"])
    job = create_job(stage.ports, wish, requester=JobRequester(user_id="user-1"))
    grant = processor.claim_next(job.id)
    complete_task(stage.ports, grant.task_id, finish(grant, build_result(grant, chunks=2)))
    return job.id


def finish(grant, result):
    return TaskCompletion(**build_proof(grant).model_dump(), result=result, metrics=METRICS)


def claim_kind(stage, job_id, kind, chunk=0):
    """Claim this task, whatever else is due."""
    with stage.ports.database.begin() as tx:
        tasks = tx.tasks.list_of_job(job_id, job_attempt=1)
        wanted = next(task.id for task in tasks if (task.kind, task.chunk_index) == (kind, chunk))
        request = ClaimRequest(processor_id="p", dispatch=1)
        return hand_over(
            tx, lease_task(tx, wanted, request=request, lease_seconds=90), lease_seconds=90
        ).grant


def build_track(grant, name, numbers, *, with_init=True):
    prefix = f"{grant.output_prefix}{name}/"
    segments = [
        Segment(key=f"{prefix}{number:05d}.m4s", duration_seconds=6, size_bytes=1000 + number)
        for number in numbers
    ]
    init = {"init_key": f"{prefix}init.mp4", "init_size_bytes": 800, "codecs": "avc1.64001F"}
    return EncodedTrack(format=name, segments=segments, **(init if with_init else {"init_key": None}))


def report(stage, grant, *tracks):
    return list_segments(
        stage.ports, grant.task_id, SegmentReport(**build_proof(grant).model_dump(), tracks=tracks)
    )


def report_picture(stage, grant, numbers, **options):
    report(stage, grant, *(build_track(grant, name, numbers, **options) for name in ("480p", "720p")))


def read_playable(stage, job_id):
    return get_job(stage.ports, job_id, user_id="user-1").playable_seconds


def read_listed(stage, job_id, name):
    with stage.ports.database.begin() as tx:
        (track,) = tx.listed.list_tracks(job_id, formats=[name])
    return track


def lose(stage, grant):
    """Let the lease run out."""
    stage.wait(200)


def test_a_video_can_be_watched_as_far_as_picture_and_sound_are_listed_without_a_gap(stage, job_id):
    first, second = claim_kind(stage, job_id, "encode", 0), claim_kind(stage, job_id, "encode", 1)
    sound = claim_kind(stage, job_id, "audio")
    report_picture(stage, second, [5, 6], with_init=False)
    report_picture(stage, first, [0, 2])
    assert read_playable(stage, job_id) == 0, "there is no sound yet"
    report(stage, sound, build_track(sound, "audio", range(4)))
    assert read_playable(stage, job_id) == 6
    report(stage, first, build_track(first, "480p", [1, 3, 4]))
    assert read_playable(stage, job_id) == 6, "720p is not as far"
    report(stage, first, build_track(first, "720p", [1]))
    assert read_playable(stage, job_id) == 18
    report(stage, first, build_track(first, "720p", [3, 4]))
    assert read_playable(stage, job_id) == 24, "the sound is not as far"
    report(stage, sound, build_track(sound, "audio", range(4, 10)))
    assert read_playable(stage, job_id) == 42


def read_states(stage, job_id):
    job = get_job(stage.ports, job_id, user_id="user-1")
    return {item.format: (item.status, item.progress_percent) for item in job.renditions}


def test_a_rendition_is_ready_once_it_is_listed_to_its_end_whatever_the_others_are(stage, job_id):
    first, second = claim_kind(stage, job_id, "encode", 0), claim_kind(stage, job_id, "encode", 1)
    report(stage, first, build_track(first, "480p", range(5)), build_track(first, "720p", range(4)))
    report(stage, second, build_track(second, "480p", [5, 6, 8, 9], with_init=False))
    assert read_states(stage, job_id)["480p"][0] != "done", "one segment is missing"
    report(stage, second, build_track(second, "480p", [7], with_init=False))
    assert read_states(stage, job_id) == {"480p": ("done", 100), "720p": ("pending", 0)}


def test_a_rendition_that_is_ready_stays_so_while_the_others_are_encoded(stage, job_id):
    first, second = claim_kind(stage, job_id, "encode", 0), claim_kind(stage, job_id, "encode", 1)
    report(stage, first, build_track(first, "480p", range(5)))
    report(stage, second, build_track(second, "480p", range(5, 10), with_init=False))
    stage.wait(10)
    reached = [
        RenditionProgress(format="480p", progress_percent=100),
        RenditionProgress(format="720p", progress_percent=60),
    ]
    progress = ProgressReport(
        **build_proof(second).model_dump(), phase="encoding", percent=60, speed=1, renditions=reached
    )
    report_progress(stage.ports, second.task_id, progress)
    complete_task(stage.ports, first.task_id, build_completion(first))
    states = read_states(stage, job_id)
    assert states["480p"] == ("done", 100)
    assert states["720p"] == ("encoding", 80)


def test_listing_the_same_segments_again_changes_nothing(stage, job_id):
    grant, sound = claim_kind(stage, job_id, "encode", 0), claim_kind(stage, job_id, "audio")
    report(stage, sound, build_track(sound, "audio", range(10)))
    report_picture(stage, grant, [0, 1])
    before = read_listed(stage, job_id, "720p")
    report_picture(stage, grant, [0, 1])
    assert read_listed(stage, job_id, "720p") == before
    assert read_playable(stage, job_id) == 12


def test_an_attempt_that_lost_its_lease_lists_nothing(stage, job_id):
    lost = claim_kind(stage, job_id, "encode", 0)
    report_picture(stage, lost, [0])
    lose(stage, lost)
    claim_kind(stage, job_id, "encode", 0)
    with pytest.raises(Problem) as refused:
        report_picture(stage, lost, [1])
    assert (refused.value.status, refused.value.code) == (409, "lease_lost")
    assert len(read_listed(stage, job_id, "720p").segments) == 1


@pytest.mark.parametrize("change", FOREIGN)
def test_a_segment_that_is_not_the_attempts_own_or_is_empty_is_refused(stage, job_id, change):
    grant = claim_kind(stage, job_id, "encode", 0)
    track = build_track(grant, "720p", [0])
    check_refused(
        stage,
        grant,
        track.model_copy(update={"segments": [change_segment(track.segments[0], change, grant=grant)]}),
    )


@pytest.mark.parametrize("change", FOREIGN)
def test_a_result_with_such_a_segment_is_refused_too(stage, job_id, change):
    grant = claim_kind(stage, job_id, "encode", 0)
    *others, track = build_result(grant, chunks=2).renditions
    [first, *rest] = track.segments
    changed = track.model_copy(update={"segments": [change_segment(first, change, grant=grant), *rest]})
    check_result_refused(stage, grant, EncodeResult(renditions=[*others, changed], audio=None))


def test_a_result_with_the_numbers_of_another_chunk_is_refused(stage, job_id):
    first, second = claim_kind(stage, job_id, "encode", 0), claim_kind(stage, job_id, "encode", 1)
    for grant, other in ((first, second), (second, first)):
        check_result_refused(stage, grant, build_result(other, chunks=2))


def change_segment(segment, change, *, grant):
    """Return the segment with this change; `{job}` in a key is the prefix of the grant's job."""
    job_prefix = grant.output_prefix.removesuffix("1/")
    assert job_prefix != grant.output_prefix
    values = {
        name: value.format(job=job_prefix) if name == "key" else value for name, value in change.items()
    }
    return segment.model_copy(update=values)


def check_result_refused(stage, grant, result):
    with pytest.raises(Problem) as refused:
        complete_task(stage.ports, grant.task_id, finish(grant, result))
    assert (refused.value.status, refused.value.code) == (422, "wrong_result")
    with stage.ports.database.begin() as tx:
        assert tx.listed.find_reach(grant.job_id) == {}
        assert tx.tasks.find(grant.task_id).status == "running"


def check_refused(stage, grant, track):
    """Check that this is refused together with a track that alone would be taken."""
    with pytest.raises(Problem) as refused:
        report(stage, grant, build_track(grant, "480p", [0]), track)
    assert (refused.value.status, refused.value.code) == (422, "wrong_result")
    with stage.ports.database.begin() as tx:
        assert tx.listed.find_reach(grant.job_id) == {}


@pytest.mark.parametrize("attempt_folder", ["2/720p", "1/480p"])
def test_an_init_segment_that_is_not_the_attempts_own_is_refused(stage, job_id, attempt_folder):
    grant = claim_kind(stage, job_id, "encode", 0)
    key = f"{grant.output_prefix.removesuffix('1/')}{attempt_folder}/init.mp4"
    check_refused(stage, grant, build_track(grant, "720p", [0]).model_copy(update={"init_key": key}))


def test_a_track_that_the_task_does_not_make_is_refused(stage, job_id):
    grant = claim_kind(stage, job_id, "encode", 0)
    for name in ("audio", "1080p"):
        check_refused(stage, grant, build_track(grant, name, [0]))
    sound = claim_kind(stage, job_id, "audio")
    with pytest.raises(Problem) as refused:
        report(stage, sound, build_track(sound, "720p", [0]))
    assert refused.value.code == "wrong_result"


def test_a_number_of_another_chunk_is_refused_although_the_keys_are_alike(stage, job_id):
    first, second = claim_kind(stage, job_id, "encode", 0), claim_kind(stage, job_id, "encode", 1)
    assert first.output_prefix == second.output_prefix
    for grant, numbers in ((first, [4, 5]), (second, [4, 5])):
        with pytest.raises(Problem) as refused:
            report_picture(stage, grant, numbers)
        assert (refused.value.status, refused.value.code) == (422, "wrong_result")
    with stage.ports.database.begin() as tx:
        assert tx.listed.find_reach(job_id) == {}
    report_picture(stage, first, [4])
    report_picture(stage, second, [5], with_init=False)


def test_a_successor_is_told_what_is_listed_and_the_result_has_it(stage, job_id):
    lost = claim_kind(stage, job_id, "encode", 1)
    assert lost.listed == []
    report_picture(stage, lost, [5, 6], with_init=False)
    lose(stage, lost)
    successor = claim_kind(stage, job_id, "encode", 1)
    first = claim_kind(stage, job_id, "encode", 0)
    assert first.listed == [], "only of its own chunk"
    told = {track.format: [segment.key for segment in track.segments] for track in successor.listed}
    assert told == {
        name: [f"{lost.output_prefix}{name}/{number:05d}.m4s" for number in (5, 6)]
        for name in ("480p", "720p")
    }
    complete_task(stage.ports, successor.task_id, build_completion(successor))  # it made all of its own
    with stage.ports.database.begin() as tx:
        stored = tx.tasks.find(successor.task_id)
    result = EncodeResult.model_validate(stored.result)
    for track in result.renditions:
        keys = [segment.key for segment in track.segments]
        assert len(keys) == SEGMENTS_OF_CHUNK
        assert keys[:2] == told[track.format]
        assert all(key.startswith(successor.output_prefix) for key in keys[2:])
        assert track.segments == read_listed(stage, job_id, track.format).segments


def test_the_init_segment_listed_first_stays(stage, job_id):
    lost = claim_kind(stage, job_id, "encode", 0)
    report_picture(stage, lost, [0])
    lose(stage, lost)
    successor = claim_kind(stage, job_id, "encode", 0)
    assert {track.init_key for track in successor.listed} == {
        f"{lost.output_prefix}{name}/init.mp4" for name in ("480p", "720p")
    }
    complete_task(stage.ports, successor.task_id, build_completion(successor))
    with stage.ports.database.begin() as tx:
        result = EncodeResult.model_validate(tx.tasks.find(successor.task_id).result)
    assert {track.init_key for track in result.renditions} == {t.init_key for t in successor.listed}
    assert read_listed(stage, job_id, "720p").init_key == f"{lost.output_prefix}720p/init.mp4"


def test_a_result_lists_what_no_report_did(stage, job_id):
    for grant in (claim_kind(stage, job_id, "audio"), claim_kind(stage, job_id, "encode", 0)):
        complete_task(stage.ports, grant.task_id, build_completion(grant))
    assert read_playable(stage, job_id) == 30


def test_the_wait_for_the_first_seconds_is_measured_once(stage, job_id):
    sound, picture = claim_kind(stage, job_id, "audio"), claim_kind(stage, job_id, "encode", 0)
    assert report(stage, sound, build_track(sound, "audio", [0])).first_seconds is None
    stage.wait(7)
    report(stage, picture, build_track(picture, "480p", [0]))
    waited = report(stage, picture, build_track(picture, "720p", [0])).first_seconds
    assert 7 <= waited < 60
    assert report(stage, picture, build_track(picture, "720p", [1])).first_seconds is None
    assert complete_task(stage.ports, sound.task_id, build_completion(sound)).first_seconds is None


def test_a_result_may_be_the_first_that_can_be_watched(stage, job_id):
    sound, picture = claim_kind(stage, job_id, "audio"), claim_kind(stage, job_id, "encode", 0)
    assert complete_task(stage.ports, sound.task_id, build_completion(sound)).first_seconds is None
    assert complete_task(stage.ports, picture.task_id, build_completion(picture)).first_seconds >= 0


def test_a_source_without_sound_is_watched_without_it(stage, job_id):
    picture = claim_kind(stage, job_id, "encode", 0)
    report_picture(stage, picture, [0, 1])
    assert read_playable(stage, job_id) == 0
    sound = claim_kind(stage, job_id, "audio")
    complete_task(stage.ports, sound.task_id, finish(sound, AudioResult(audio=None)))
    assert read_playable(stage, job_id) == 12


def test_a_cancelled_job_lists_nothing_any_more(stage, job_id):
    grant, sound = claim_kind(stage, job_id, "encode", 0), claim_kind(stage, job_id, "audio")
    report(stage, sound, build_track(sound, "audio", range(10)))
    report_picture(stage, grant, [0, 1])
    assert read_playable(stage, job_id) == 12
    cancel_job(stage.ports, job_id, user_id="user-1")
    assert read_playable(stage, job_id) == 0
    with stage.ports.database.begin() as tx:
        assert tx.listed.find_reach(job_id) == {}
        assert tx.jobs.list_playable([get_job(stage.ports, job_id, user_id="user-1").video_id]) == []


def test_a_failed_jobs_retry_keeps_its_lists_only_with_its_chunks(stage, job_id):
    sound, first = claim_kind(stage, job_id, "audio"), claim_kind(stage, job_id, "encode", 0)
    for grant in (sound, first):
        complete_task(stage.ports, grant.task_id, build_completion(grant))
    error = TaskError(code="encode_failed", message="It failed.", retryable=True)
    with stage.ports.database.begin() as tx:
        fail_job(tx, tx.jobs.find(job_id, for_update=True), error=error, now=tx.jobs.read_clock())
    assert read_playable(stage, job_id) == 0
    assert retry_job(stage.ports, job_id, user_id="user-1").playable_seconds == 30
    with stage.ports.database.begin() as tx:
        assert tx.listed.find_reach(job_id)["720p"].segments == SEGMENTS_OF_CHUNK


def test_a_published_job_has_no_lists_and_is_playable_to_its_end(stage, job_id, processor):
    processor.run_job(job_id)
    with stage.ports.database.begin() as tx:
        assert tx.listed.find_reach(job_id) == {}
    job = get_job(stage.ports, job_id, user_id="user-1")
    assert (job.status, job.playable_seconds) == ("completed", 30)
