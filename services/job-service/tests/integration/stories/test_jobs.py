"""What happens to jobs and tasks, run on the memory stores and on PostgreSQL.

One module, because the tests share the stage and a few helpers.
"""

import pytest

from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.kept_tasks import KEEP_SECONDS
from job_service.jobs.ports import JobFilter
from job_service.jobs.requests import (
    cancel_job,
    cancel_jobs_of_video,
    create_job,
    create_job_batch,
    retry_job,
)
from job_service.jobs.views import get_job, list_jobs
from job_service.quotas.quota import Quota
from job_service.relaying.announce_ends import announce_ends
from job_service.tasks.complete_task import complete_task
from job_service.tasks.fail_task import fail_task
from job_service.tasks.lease import heartbeat_task
from job_service.tasks.reports import report_progress
from job_service.testing.processor import (
    FakeProcessor,
    build_completion,
    build_plan,
    build_proof,
    build_result,
)
from job_service.testing.quotas import limit_jobs
from videoforge.encode_options import EncodeOptions
from videoforge.messages import (
    AudioResult,
    JobWarning,
    ProgressReport,
    RenditionProgress,
    TaskError,
    TaskFailure,
)
from videoforge.problems import Problem

USER = "user-1"
FORMATS = ["4K", "720p", "480p"]
ERROR = TaskError(code="store_unavailable", message="The store does not answer.", retryable=True)


@pytest.fixture
def job(stage):
    return request_job(stage)


def request_job(stage, *, video_id=None, formats=FORMATS, seed=None, limit=0, user_id=USER, **values):
    video_id = video_id or stage.add_source(user_id=user_id)
    requester = JobRequester(user_id=user_id, **({"seed": seed} if seed else {}))
    wish = NewJob(video_id=video_id, output_formats=formats, **values)
    ports = limit_jobs(stage.ports, of_user=Quota(unfinished_jobs=limit))
    return create_job(ports, wish, requester=requester)


def see(stage, job):
    return get_job(stage.ports, job.id, user_id=USER)


def build_failure(grant, kind="failure"):
    return TaskFailure(attempt=grant.attempt, lease_token=grant.lease_token, kind=kind, error=ERROR)


def build_report(grant, percent, **values):
    return ProgressReport(
        attempt=grant.attempt, lease_token=grant.lease_token, phase="encoding", percent=percent, **values
    )


def list_statuses(stage):
    return [message["change"]["status"] for message in stage.list_messages("status")]


def start_chunks(stage, processor, job, *, chunks):
    """Complete prepare with a plan of this many chunks."""
    grant = processor.claim_next(job.id)
    completion = build_completion(grant).model_copy(update={"result": build_result(grant, chunks=chunks)})
    complete_task(stage.ports, grant.task_id, completion)


def publish(stage, processor, **values):
    """Return the video's id."""
    job = request_job(stage, **values)
    processor.run_job(job.id)
    return job.video_id


def run_without_sound(stage, processor, job):
    for _ in ("prepare", "encode"):
        processor.run_next(job.id)
    grant = processor.claim_next(job.id)
    result = build_result(grant).model_copy(update={"audio": None})
    complete_task(stage.ports, grant.task_id, build_completion(grant).model_copy(update={"result": result}))


def fail_second_chunk(stage, processor, job):
    start_chunks(stage, processor, job, chunks=2)
    processor.complete(processor.claim_next_of(job.id, 0))
    bad = processor.claim_next_of(job.id, 1)
    fail_task(stage.ports, bad.task_id, build_failure(bad, "bad_input"))


class TestCreating:
    def test_a_job_is_created_with_its_first_task_and_the_tasks_message(self, stage, job):
        assert (job.status, job.phase, job.progress_percent, job.attempts) == ("pending", "queued", 0, 1)
        assert job.output_formats == FORMATS
        (message,) = stage.list_messages("task")
        assert message["dispatch"] == 1
        assert message["task_id"] == FakeProcessor(stage.ports).find_open_task(job.id)

    def test_all_options_reach_the_last_task(self, stage):
        job, asked = request_job(stage, rate_control="bitrate"), EncodeOptions(rate_control="bitrate")
        processor = FakeProcessor(stage.ports)
        for kind in ("prepare", "encode", "assemble"):
            grant = processor.claim_next(job.id)
            seen = grant.input.options if kind == "prepare" else grant.input.plan.options
            assert (grant.input.kind, seen) == (kind, asked)
            assert asked.model_dump().items() <= see(stage, job).configuration.model_dump().items()
            processor.complete(grant)

    def test_a_retry_keeps_the_options(self, stage):
        job = request_job(stage, rate_control="bitrate")
        cancel_job(stage.ports, job.id, user_id=USER)
        retry_job(stage.ports, job.id, user_id=USER)
        assert FakeProcessor(stage.ports).claim_next(job.id).input.options.rate_control == "bitrate"

    def test_formats_are_unique_and_largest_first(self, stage):
        assert request_job(stage, formats=["480p", "4k", "480p"]).output_formats == ["4K", "480p"]

    @pytest.mark.parametrize(("formats", "code"), [([], "no_formats"), (["9K"], "unknown_format")])
    def test_bad_formats_are_refused_and_nothing_is_written(self, stage, formats, code):
        with pytest.raises(Problem) as refused:
            request_job(stage, formats=formats)
        assert (refused.value.status, refused.value.code) == (422, code)
        assert not stage.list_messages("task")

    def test_another_users_video_is_as_unknown_as_a_missing_one(self, stage):
        others = stage.add_source(user_id="user-2")
        problems = []
        for video_id in (others, "00000000-0000-0000-0000-000000000000"):
            with pytest.raises(Problem) as refused:
                request_job(stage, video_id=video_id)
            problems.append((refused.value.status, refused.value.code, refused.value.detail))
        assert problems[0] == problems[1]
        assert problems[0][:2] == (404, "video_not_found")

    def test_a_video_in_the_trash_gets_no_job(self, stage):
        video_id = stage.add_source(user_id=USER)
        stage.trash(video_id)
        with pytest.raises(Problem, match="video_in_trash"):
            request_job(stage, video_id=video_id)

    def test_unfinished_jobs_are_limited(self, stage, processor):
        job = request_job(stage, limit=1)
        with pytest.raises(Problem, match="too_many_jobs"):
            request_job(stage, limit=1)
        processor.run_job(job.id)
        request_job(stage, limit=1)

    @pytest.mark.parametrize(
        ("limits", "code"),
        [
            ({"of_user": Quota(stored_bytes=1000)}, "storage_quota_reached"),
            ({"of_all": Quota(stored_bytes=1000)}, "storage_full"),
            ({"of_all": Quota(unfinished_jobs=1)}, "queue_full"),
        ],
    )
    def test_no_job_is_created_or_retried_above_a_quota(self, stage, processor, limits, code):
        """A stage's source has 1000 bytes. Finished and cancelled jobs no longer count."""
        request_job(stage, video_id=stage.add_source(user_id="user-2"), user_id="user-2")
        job = request_job(stage)
        cancel_job(stage.ports, job.id, user_id=USER)
        ports = limit_jobs(stage.ports, **limits)
        wish = NewJob(video_id=job.video_id, output_formats=FORMATS)
        with pytest.raises(Problem, match=code):
            create_job(ports, wish, requester=JobRequester(user_id=USER))
        with pytest.raises(Problem, match=code):
            retry_job(ports, job.id, user_id=USER)

    def test_the_same_seed_finds_the_job_that_it_created(self, stage):
        video_id = stage.add_source(user_id=USER)
        first = request_job(stage, video_id=video_id, seed="a")
        assert request_job(stage, video_id=video_id, seed="a").id == first.id
        assert request_job(stage, video_id=video_id, seed="b").id != first.id
        assert len(stage.list_messages("task")) == 2

    def test_the_queue_position_counts_the_jobs_ahead(self, stage):
        request_job(stage)
        second = request_job(stage)
        assert second.queue_position == 1
        urgent = request_job(stage, priority=5)
        assert urgent.queue_position == 0
        assert see(stage, second).queue_position == 2

    def test_a_batch_is_queued_whole(self, stage):
        requests = [NewJob(video_id=stage.add_source(user_id=USER), output_formats=["720p"]) for _ in "ab"]
        requester = JobRequester(user_id=USER)
        batch_id, jobs = create_job_batch(stage.ports, requests, requester=requester)
        assert {job.batch_id for job in jobs} == {batch_id}
        assert [job.video_id for job in jobs] == [request.video_id for request in requests]

    def test_a_batch_with_one_bad_item_queues_nothing_and_names_it(self, stage):
        good = NewJob(video_id=stage.add_source(user_id=USER), output_formats=["720p"])
        bad = NewJob(video_id="nowhere", output_formats=["720p"])
        with pytest.raises(Problem) as refused:
            create_job_batch(stage.ports, [good, bad], requester=JobRequester(user_id=USER))
        assert (refused.value.status, refused.value.code) == (404, "video_not_found")
        assert [fault["field"] for fault in refused.value.errors] == ["items.1"]
        assert not stage.list_messages("task")


class TestReading:
    def test_another_users_job_is_not_found(self, stage, job):
        with pytest.raises(Problem, match="job_not_found"):
            get_job(stage.ports, job.id, user_id="user-2")

    def test_pages_are_newest_first_and_each_job_is_on_one(self, stage):
        made = []
        for _ in range(5):
            made.append(request_job(stage).id)
            stage.wait(1)
        seen, after = [], None
        while True:
            page = list_jobs(stage.ports, JobFilter(user_id=USER), after=after, limit=2)
            seen += [item.id for item in page.items]
            after = page.next_start
            if after is None:
                break
        assert seen == made[::-1]

    def test_filters_narrow_the_page(self, stage, processor):
        done, waiting = request_job(stage), request_job(stage)
        processor.run_job(done.id)

        def ids(**values):
            page = list_jobs(stage.ports, JobFilter(user_id=USER, **values), after=None, limit=10)
            return [item.id for item in page.items]

        assert ids(status="completed") == [done.id]
        assert ids(video_id=waiting.video_id) == [waiting.id]
        assert ids(status="failed") == []


class TestTheLifeOfAJob:
    def test_prepare_encode_and_assemble_publish_it(self, stage, processor, job):
        grant = processor.claim_next(job.id)
        assert grant.input.kind == "prepare"
        assert grant.input.output_formats == FORMATS
        assert see(stage, job).status == "processing"
        processor.complete(grant)
        prepared = see(stage, job)
        assert [item.format for item in prepared.renditions] == ["480p", "720p"]
        assert [item.format for item in prepared.skipped] == ["4K"]
        assert prepared.progress_percent == 5

        assert processor.run_next(job.id).kind == "encode"
        assert see(stage, job).progress_percent == 90
        assemble = processor.claim_next(job.id)
        assert assemble.input.kind == "assemble"
        assert len(assemble.input.encoded) == 1
        assert not stage.list_messages("publish")

        assert processor.complete(assemble).job_status == "completed"
        done = see(stage, job)
        assert (done.status, done.phase, done.progress_percent) == ("completed", "completed", 100)
        assert {item.status for item in done.renditions} == {"done"}
        assert done.metrics.encode_seconds == 6
        assert done.metrics.queue_seconds is not None
        assert done.completed_at is not None
        (publish,) = stage.list_messages("publish")
        assert publish["video_id"] == job.video_id
        assert [item["format"] for item in publish["publication"]["renditions"]] == ["480p", "720p"]
        assert publish["publication"]["thumbnail_key"] == f"videos/output/{job.id}/1/thumbnail.jpg"
        assert publish["publication"]["source"]["duration_seconds"] == 30  # what can be watched
        assert publish["publication"]["source"]["resolution"] == "1280x720"
        assert list_statuses(stage) == ["processing"]
        assert stage.list_outputs(job.video_id) == [
            ("audio", None, job.id),
            ("images", None, job.id),
            ("rendition", "480p", job.id),
            ("rendition", "720p", job.id),
        ]

    def test_every_chunk_is_a_task_and_assemble_waits_for_the_last(self, stage, processor, job):
        grant = processor.claim_next(job.id)
        completion = build_completion(grant).model_copy(update={"result": build_result(grant, chunks=3)})
        complete_task(stage.ports, grant.task_id, completion)
        assert len(stage.list_messages("task")) == 5
        first, second, third = (processor.claim_next_of(job.id, index) for index in range(3))
        processor.complete(third)
        processor.complete(first)
        assert see(stage, job).progress_percent == pytest.approx(5 + 82 * 2 / 3, abs=0.01)
        processor.complete(second)
        assert see(stage, job).phase == "encoding"
        audio = processor.claim_next(job.id)
        assert audio.input.kind == "audio"
        assert len(stage.list_messages("task")) == 5
        processor.complete(audio)
        assert see(stage, job).progress_percent == 90
        assemble = processor.claim_next(job.id)
        assert assemble.input.sound == build_result(audio).audio
        firsts = [item.renditions[0].segments[0].key.rsplit("/", 1)[1] for item in assemble.input.encoded]
        assert firsts == ["00000.m4s", "00005.m4s", "00010.m4s"]

    def test_a_silent_film_of_several_chunks_has_no_audio_task(self, stage, processor, job):
        grant = processor.claim_next(job.id)
        silent = build_plan(["720p"], chunks=2).model_copy(update={"audio_stream": None})
        completion = build_completion(grant)
        result = completion.result.model_copy(update={"plan": silent})
        complete_task(stage.ports, grant.task_id, completion.model_copy(update={"result": result}))
        assert [processor.run_next(job.id).kind for _ in range(3)] == ["encode", "encode", "assemble"]

    def test_sound_that_cannot_be_decoded_costs_a_warning(self, stage, processor, job):
        grant = processor.claim_next(job.id)
        completion = build_completion(grant).model_copy(update={"result": build_result(grant, chunks=2)})
        complete_task(stage.ports, grant.task_id, completion)
        processor.run_next(job.id)
        audio = processor.claim_next(job.id)
        lost = AudioResult(audio=None, warnings=[JobWarning(code="no_audio", message="It has no sound.")])
        complete_task(stage.ports, audio.task_id, build_completion(audio).model_copy(update={"result": lost}))
        processor.run_next(job.id)
        assemble = processor.claim_next(job.id)
        assert (assemble.input.kind, assemble.input.sound) == ("assemble", None)
        assert [warning.code for warning in see(stage, job).warnings] == ["no_audio"]

    def test_a_repeated_completion_is_handled_once(self, stage, processor, job):
        for _ in range(3):
            grant = processor.claim_next(job.id)
            assert not processor.complete(grant).is_repeat
            assert processor.complete(grant).is_repeat
        assert len(stage.list_messages("publish")) == 1
        assert len(stage.list_messages("task")) == 3

    def test_a_result_of_another_kind_is_refused(self, stage, processor, job):
        prepare = processor.claim_next(job.id)
        processor.complete(prepare)
        encode = processor.claim_next(job.id)
        wrong = build_completion(encode).model_copy(update={"result": build_result(prepare)})
        with pytest.raises(Problem, match="wrong_result"):
            complete_task(stage.ports, encode.task_id, wrong)

    def test_a_later_job_replaces_its_formats_and_leaves_the_others(self, stage, processor, job):
        processor.run_job(job.id)
        later = request_job(stage, video_id=job.video_id, formats=["480p"])
        processor.run_job(later.id)
        outputs = stage.list_outputs(job.video_id)
        assert ("rendition", "720p", job.id) in outputs
        assert ("rendition", "480p", later.id) in outputs
        assert len([output for output in outputs if output[0] == "rendition"]) == 2
        prefix = f"videos/output/{job.id}/"
        replaced = ["480p/", "480p.mp4", "audio/", "thumbnail.jpg", "storyboard"]
        partly = {f"{prefix}{later.id}": [f"{prefix}1/{name}" for name in replaced]}
        assert stage.list_deletions() == partly

        last = request_job(stage, video_id=job.video_id, formats=["720p"])
        processor.run_job(last.id)
        deletions = stage.list_deletions()
        assert deletions.pop(prefix) == [prefix]
        shared = [f"videos/output/{later.id}/1/{name}" for name in ("audio/", "thumbnail.jpg", "storyboard")]
        assert deletions == {**partly, f"videos/output/{later.id}/{last.id}": shared}

    def test_a_later_job_that_finds_no_sound_leaves_the_others_theirs(self, stage, processor, job):
        processor.run_job(job.id)
        later = request_job(stage, video_id=job.video_id, formats=["480p"])
        run_without_sound(stage, processor, later)
        assert ("audio", None, job.id) in stage.list_outputs(job.video_id)

        last = request_job(stage, video_id=job.video_id, formats=["720p", "480p"])
        run_without_sound(stage, processor, last)
        assert "audio" not in {kind for kind, _, _ in stage.list_outputs(job.video_id)}


class TestMakingOnlyWhatIsMissing:
    def test_what_the_video_has_is_skipped_with_a_reason_and_stays(self, stage, processor):
        video_id = publish(stage, processor, formats=["720p"])
        before = stage.list_outputs(video_id)
        later = request_job(stage, video_id=video_id, formats=["720p", "480p"], replace=False)
        assert [(item.format, item.code) for item in later.skipped] == [("720p", "already_made")]
        processor.run_job(later.id)
        seen = see(stage, later)
        assert [item.format for item in seen.renditions] == ["480p"]
        assert seen.skipped == later.skipped
        renditions = [output for output in stage.list_outputs(video_id) if output[0] == "rendition"]
        kept = [output for output in before if output[0] == "rendition"]
        assert renditions == [("rendition", "480p", later.id), *kept]

    def test_formats_above_the_source_are_explained_beside_what_the_video_has(self, stage, processor):
        video_id = publish(stage, processor, formats=["720p"])
        later = request_job(stage, video_id=video_id, replace=False)  # 4K too
        processor.run_job(later.id)
        codes = [(item.format, item.code) for item in see(stage, later).skipped]
        assert codes == [("720p", "already_made"), ("4K", "above_source")]

    @pytest.mark.parametrize(("size", "asked"), [((1280, 720), "480p"), ((854, 480), "4K")])
    def test_a_job_for_nothing_is_refused(self, stage, processor, size, asked):
        video_id = stage.add_source(user_id=USER, size=size)  # 4K of it would be its own size, 480p
        publish(stage, processor, video_id=video_id, formats=["480p"])
        with pytest.raises(Problem, match="409 formats_exist"):
            request_job(stage, video_id=video_id, formats=[asked], replace=False)
        assert request_job(stage, video_id=video_id, formats=[asked]).status == "pending"

    def test_what_an_unfinished_job_makes_is_not_made_a_second_time(self, stage, processor):
        video_id = stage.add_source(user_id=USER)
        first = request_job(stage, video_id=video_id, formats=["720p"])
        second = request_job(stage, video_id=video_id, formats=["720p", "480p"], replace=False)
        assert [(item.format, item.code) for item in second.skipped] == [("720p", "already_made")]
        processor.run_next(first.id)  # running as well as waiting
        for formats in (["720p"], ["480p"], ["720p", "480p"]):
            with pytest.raises(Problem, match="409 formats_exist"):
                request_job(stage, video_id=video_id, formats=formats, replace=False)
        cancel_job(stage.ports, first.id, user_id=USER)
        third = request_job(stage, video_id=video_id, formats=["720p", "480p"], replace=False)
        assert [item.format for item in third.skipped] == ["480p"], "the second job left 720p out"

    def test_a_batch_names_the_items_that_would_make_nothing(self, stage, processor):
        video_id = publish(stage, processor, formats=["720p"])
        wishes = [
            NewJob(video_id=video_id, output_formats=["720p"], replace=replace) for replace in (True, False)
        ]
        with pytest.raises(Problem, match="formats_exist") as caught:
            create_job_batch(stage.ports, wishes, requester=JobRequester(user_id=USER))
        assert [fault["field"] for fault in caught.value.errors] == ["items.1"]

    def test_a_retry_leaves_the_same_renditions_out(self, stage, processor):
        video_id = publish(stage, processor, formats=["720p"])
        later = request_job(stage, video_id=video_id, formats=["720p", "480p"], replace=False)
        processor.run_next(later.id)
        cancel_job(stage.ports, later.id, user_id=USER)
        retry_job(stage.ports, later.id, user_id=USER)
        processor.run_job(later.id)
        assert [item.format for item in see(stage, later).renditions] == ["480p"]


class TestLeases:
    def test_a_leased_task_is_not_granted_twice(self, stage, processor, job):
        grant = processor.claim_next(job.id)
        with pytest.raises(Problem, match="409 nothing_due"):
            processor.claim(grant.task_id)

    def test_an_unknown_task_is_not_found_and_a_done_one_is_finished(self, stage, processor, job):
        first = processor.claim_next(job.id)
        with pytest.raises(Problem, match="task_not_found"):
            processor.claim("nowhere")
        processor.complete(first)
        processor.claim_next(job.id)
        with pytest.raises(Problem, match="task_finished"):
            processor.claim(first.task_id)

    def test_a_heartbeat_keeps_the_lease(self, stage, processor, job):
        grant = processor.claim_next(job.id)
        stage.wait(60)
        heartbeat_task(stage.ports, grant.task_id, build_proof(grant), lease_seconds=90)
        stage.wait(60)
        with pytest.raises(Problem, match="nothing_due"):
            processor.claim(grant.task_id)

    def test_an_attempt_number_without_its_token_is_refused(self, stage, processor, job):
        grant = processor.claim_next(job.id)
        guessed = grant.model_copy(update={"lease_token": "guessed"})
        with pytest.raises(Problem, match="lease_lost"):
            heartbeat_task(stage.ports, grant.task_id, build_proof(guessed), lease_seconds=90)
        with pytest.raises(Problem, match="lease_lost"):
            processor.complete(guessed)

    def test_an_expired_lease_is_taken_over_and_its_old_holder_refused(self, stage, processor, job):
        old = processor.claim_next(job.id)
        stage.wait(91)
        new = processor.claim(old.task_id)
        assert (old.attempt, new.attempt) == (1, 2)
        assert new.output_prefix != old.output_prefix
        writes = [
            lambda: heartbeat_task(stage.ports, old.task_id, build_proof(old), lease_seconds=90),
            lambda: report_progress(stage.ports, old.task_id, build_report(old, 50)),
            lambda: processor.complete(old),
            lambda: fail_task(stage.ports, old.task_id, build_failure(old)),
        ]
        for write in writes:
            with pytest.raises(Problem, match="409 lease_lost"):
                write()
        processor.complete(new)
        assert see(stage, job).phase == "encoding"

    def test_a_late_completion_counts_if_no_other_processor_took_the_task(self, stage, processor, job):
        grant = processor.claim_next(job.id)
        stage.wait(500)
        processor.complete(grant)
        assert see(stage, job).phase == "encoding"

    def test_the_sixth_processor_does_not_get_a_task_that_killed_five(self, stage, processor, job):
        task_id = processor.find_open_task(job.id)
        for _ in range(5):
            processor.claim(task_id)
            stage.wait(91)
        with pytest.raises(Problem, match="task_leased"):
            processor.claim(task_id)


class TestProgress:
    def test_a_report_shows_at_once_and_progress_never_falls(self, stage, processor, job):
        processor.run_next(job.id)
        grant = processor.claim_next(job.id)
        formats = [RenditionProgress(format="720p", progress_percent=40)]
        report_progress(stage.ports, grant.task_id, build_report(grant, 50, speed=2.0, renditions=formats))
        seen = see(stage, job)
        assert seen.progress_percent == 47.5
        assert [item.progress_percent for item in seen.renditions] == [50, 40]
        assert {item.status for item in seen.renditions} == {"encoding"}
        assert (seen.speed, seen.eta_seconds) == (2.0, pytest.approx(9.3, abs=0.1))
        report_progress(stage.ports, grant.task_id, build_report(grant, 10))
        assert see(stage, job).progress_percent == 47.5

    def test_a_new_attempt_of_a_task_does_not_lower_progress(self, stage, processor, job):
        processor.run_next(job.id)
        grant = processor.claim_next(job.id)
        report_progress(stage.ports, grant.task_id, build_report(grant, 80))
        stage.wait(91)
        again = processor.claim(grant.task_id)
        report_progress(stage.ports, again.task_id, build_report(again, 1))
        assert see(stage, job).progress_percent == 5 + 85 * 0.8

    def test_a_job_that_ends_keeps_the_progress_that_was_shown(self, stage, processor, job):
        processor.run_next(job.id)
        grant = processor.claim_next(job.id)
        report_progress(stage.ports, grant.task_id, build_report(grant, 80))
        shown = cancel_job(stage.ports, job.id, user_id=USER)
        assert shown.progress_percent == see(stage, job).progress_percent == 5 + 85 * 0.8
        assert {rendition.progress_percent for rendition in shown.renditions} == {80}

    def test_only_the_speed_is_lost_with_the_cache(self, stage, processor, job):
        processor.run_next(job.id)
        grant = processor.claim_next(job.id)
        report_progress(stage.ports, grant.task_id, build_report(grant, 20, speed=2.0))
        before = see(stage, job)
        stage.progress.live.clear()
        after = see(stage, job)
        assert (after.progress_percent, after.phase, after.renditions) == (22, "encoding", before.renditions)
        assert (before.speed, after.speed) == (2.0, None)

    def test_a_job_shows_how_many_processors_work_on_it(self, stage, processor, job):
        other = FakeProcessor(stage.ports, name="processor-other")
        assert see(stage, job).processors == 0
        start_chunks(stage, processor, job, chunks=3)
        first, second = (processor.claim_next_of(job.id, index) for index in (0, 1))
        assert see(stage, job).processors == 1
        third = other.claim_next_of(job.id, 2)
        report_progress(stage.ports, third.task_id, build_report(third, 50, speed=2))
        assert stage.progress.events[-1][2]["processors"] == 2
        (listed,) = list_jobs(stage.ports, JobFilter(user_id=USER), after=None, limit=10).items
        assert (listed.processors, see(stage, job).processors) == (2, 2)
        low, high = listed.eta_range_seconds
        assert 0 < low < listed.eta_seconds < high
        other.complete(third)
        assert see(stage, job).processors == 1
        for grant in (first, second):
            processor.complete(grant)
        assert see(stage, job).processors == 0
        assert see(stage, job).eta_range_seconds is None

    def test_every_step_is_announced(self, stage, processor, job):
        processor.run_job(job.id)
        announce_ends(stage.ports)
        announced = [(event, body["status"], body["phase"]) for _, event, body in stage.progress.events]
        assert announced == [
            ("state", "pending", "queued"),
            ("state", "processing", "preparing"),
            ("state", "processing", "encoding"),
            ("state", "processing", "packaging"),
            ("state", "completed", "completed"),
        ]


class TestFailing:
    def test_a_failure_is_retried_later_and_the_third_is_final(self, stage, processor, job):
        grant = processor.claim_next(job.id)
        assert fail_task(stage.ports, grant.task_id, build_failure(grant)).will_retry
        with pytest.raises(Problem, match="nothing_due"):
            processor.claim(grant.task_id)
        for is_last in (False, True):
            stage.wait(60)
            grant = processor.claim(grant.task_id)
            answer = fail_task(stage.ports, grant.task_id, build_failure(grant))
            assert answer.will_retry is not is_last
        failed = see(stage, job)
        assert (failed.status, failed.error.code, failed.error.retryable) == (
            "failed",
            "store_unavailable",
            True,
        )
        assert [message["dispatch"] for message in stage.list_messages("task")] == [1, 2, 3]
        assert list_statuses(stage) == ["processing", "failed"]

    def test_bad_input_is_final_at_once(self, stage, processor, job):
        grant = processor.claim_next(job.id)
        assert not fail_task(stage.ports, grant.task_id, build_failure(grant, "bad_input")).will_retry
        assert see(stage, job).status == "failed"

    def test_an_interrupted_task_can_be_claimed_at_once(self, stage, processor, job):
        grant = processor.claim_next(job.id)
        for _ in range(19):
            assert fail_task(stage.ports, grant.task_id, build_failure(grant, "interruption")).will_retry
            grant = processor.claim(grant.task_id)
        assert not fail_task(stage.ports, grant.task_id, build_failure(grant, "interruption")).will_retry

    def test_the_files_of_a_failed_job_are_scheduled_for_removal(self, stage, processor, job):
        processor.run_next(job.id)
        grant = processor.claim_next(job.id)
        stage.wait(91)
        grant = processor.claim(grant.task_id)
        fail_task(stage.ports, grant.task_id, build_failure(grant, "bad_input"))
        prefixes = [f"videos/output/{job.id}/1/", f"videos/output/{job.id}/2/"]
        assert stage.list_deletions() == {f"{job.id}/1": prefixes}

    def test_one_failed_chunk_ends_the_leases_of_the_others(self, stage, processor, job):
        grant = processor.claim_next(job.id)
        completion = build_completion(grant).model_copy(update={"result": build_result(grant, chunks=2)})
        complete_task(stage.ports, grant.task_id, completion)
        bad, good = (processor.claim_next_of(job.id, index) for index in range(2))
        fail_task(stage.ports, bad.task_id, build_failure(bad, "bad_input"))
        with pytest.raises(Problem, match="lease_lost"):
            processor.complete(good)


class TestCancelling:
    def test_cancelling_ends_the_lease(self, stage, processor, job):
        grant = processor.claim_next(job.id)
        assert cancel_job(stage.ports, job.id, user_id=USER).status == "cancelled"
        with pytest.raises(Problem, match="lease_lost"):
            heartbeat_task(stage.ports, grant.task_id, build_proof(grant), lease_seconds=90)
        with pytest.raises(Problem, match="lease_lost"):
            processor.complete(grant)
        with pytest.raises(Problem, match="task_finished"):
            processor.claim(grant.task_id)
        assert list_statuses(stage) == ["processing", "uploaded"]

    def test_cancelling_a_pending_job_sends_nothing_to_the_gallery(self, stage, job):
        cancel_job(stage.ports, job.id, user_id=USER)
        assert not list_statuses(stage)
        assert not stage.list_deletions()

    def test_a_finished_job_cannot_be_cancelled(self, stage, processor, job):
        processor.run_job(job.id)
        with pytest.raises(Problem, match="409 job_finished"):
            cancel_job(stage.ports, job.id, user_id=USER)

    def test_another_users_job_is_not_found(self, stage, job):
        with pytest.raises(Problem, match="404 job_not_found"):
            cancel_job(stage.ports, job.id, user_id="user-2")

    def test_a_video_with_another_running_job_stays_processing(self, stage, processor, job):
        other = request_job(stage, video_id=job.video_id)
        processor.claim_next(job.id)
        processor.claim_next(other.id)
        cancel_job(stage.ports, job.id, user_id=USER)
        assert "uploaded" not in list_statuses(stage)

    def test_all_jobs_of_a_deleted_video_stop(self, stage, processor, job):
        other, kept = request_job(stage, video_id=job.video_id), request_job(stage)
        processor.claim_next(other.id)
        with stage.ports.database.begin() as tx:
            cancel_jobs_of_video(tx, job.video_id)
        assert {see(stage, item).status for item in (job, other)} == {"cancelled"}
        assert see(stage, kept).status == "pending"


class TestRetrying:
    def test_a_failed_job_is_retried_under_its_id_and_writes_elsewhere(self, stage, processor, job):
        grant = processor.claim_next(job.id)
        fail_task(stage.ports, grant.task_id, build_failure(grant, "bad_input"))
        again = retry_job(stage.ports, job.id, user_id=USER)
        assert (again.id, again.status, again.attempts, again.error) == (job.id, "pending", 2, None)
        fresh = processor.claim_next(job.id)
        assert fresh.output_prefix == f"videos/output/{job.id}/2/"
        processor.complete(fresh)
        assert processor.claim_next(job.id).output_prefix == f"videos/output/{job.id}/2/"

    def test_the_wait_of_a_retry_counts_from_the_retry(self, stage, processor, job):
        stage.wait(5)
        processor.run_next(job.id)
        assert see(stage, job).metrics.queue_seconds == pytest.approx(5, abs=1)
        cancel_job(stage.ports, job.id, user_id=USER)
        stage.wait(86400)
        retry_job(stage.ports, job.id, user_id=USER)
        assert see(stage, job).metrics.queue_seconds is None
        stage.wait(3)
        grant = processor.claim_next(job.id)
        assert see(stage, job).metrics.queue_seconds == pytest.approx(3, abs=1)
        fail_task(stage.ports, grant.task_id, build_failure(grant, "interruption"))
        stage.wait(600)
        processor.claim_next(job.id)
        assert see(stage, job).metrics.queue_seconds == pytest.approx(3, abs=1)

    def test_a_cancelled_job_can_be_completed_later(self, stage, processor, job):
        stale = processor.claim_next(job.id)
        cancel_job(stage.ports, job.id, user_id=USER)
        retry_job(stage.ports, job.id, user_id=USER)
        with pytest.raises(Problem, match="lease_lost"):
            processor.complete(stale)
        assert processor.run_job(job.id).job_status == "completed"

    def test_a_failed_job_keeps_its_finished_chunks(self, stage, processor, job):
        start_chunks(stage, processor, job, chunks=3)
        for index in (2, 0):
            processor.complete(processor.claim_next_of(job.id, index))
        processor.run_next(job.id)  # the sound
        stale = processor.claim_next_of(job.id, 1)
        fail_task(stage.ports, stale.task_id, build_failure(stale, "bad_input"))
        stage.wait(3600)
        again = retry_job(stage.ports, job.id, user_id=USER)
        assert (again.status, again.phase, again.attempts) == ("pending", "queued", 2)
        assert again.progress_percent == pytest.approx(5 + 3 + 82 * 2 / 3, abs=0.01)
        assert {item.progress_percent for item in again.renditions} == {66.67}
        assert len(stage.list_messages("task")) == 1 + 4 + 1
        assert not stage.list_deletions()

        missing = processor.claim_next(job.id)
        assert (missing.input.kind, missing.input.chunk.index) == ("encode", 1)
        assert missing.output_prefix == f"videos/output/{job.id}/2/"
        assert see(stage, job).phase == "encoding"
        processor.complete(missing)
        assemble = processor.claim_next(job.id)
        keys = [item.renditions[0].segments[0].key for item in assemble.input.encoded]
        assert [key.split("/")[3] for key in keys] == ["1", "2", "1"]
        assert assemble.input.sound is not None
        assert processor.complete(assemble).job_status == "completed"
        assert list(stage.list_deletions()) == [job.id]  # what else the first try has left

    def test_a_retry_fails_and_the_next_one_keeps_both_tries(self, stage, processor, job):
        start_chunks(stage, processor, job, chunks=3)
        for index, kept in ((0, 1), (1, 2)):
            processor.complete(processor.claim_next_of(job.id, index, job_attempt=kept))
            bad = processor.claim_next_of(job.id, 2, job_attempt=kept)
            fail_task(stage.ports, bad.task_id, build_failure(bad, "bad_input"))
            retry_job(stage.ports, job.id, user_id=USER)
        assert [processor.run_next(job.id).kind for _ in range(3)] == ["audio", "encode", "assemble"]

    def test_a_retry_after_the_removal_began_starts_over(self, stage, processor, job):
        fail_second_chunk(stage, processor, job)
        stage.wait(KEEP_SECONDS + 1)
        again = retry_job(stage.ports, job.id, user_id=USER)
        assert (again.progress_percent, again.renditions) == (0, [])
        assert processor.claim_next(job.id).input.kind == "prepare"
        assert list(stage.list_deletions()) == [f"{job.id}/1"]

    def test_a_cancelled_job_keeps_nothing(self, stage, processor, job):
        start_chunks(stage, processor, job, chunks=2)
        processor.complete(processor.claim_next_of(job.id, 0))
        cancel_job(stage.ports, job.id, user_id=USER)
        retry_job(stage.ports, job.id, user_id=USER)
        assert processor.claim_next(job.id).input.kind == "prepare"

    @pytest.mark.parametrize(
        ("code", "first"), [("store_unavailable", "assemble"), ("output_incomplete", "prepare")]
    )
    def test_chunks_that_the_gate_refused_are_made_again(self, stage, processor, job, code, first):
        start_chunks(stage, processor, job, chunks=1)
        processor.run_next(job.id)
        grant = processor.claim_next(job.id)
        error = ERROR.model_copy(update={"code": code})
        failure = build_failure(grant, "bad_input").model_copy(update={"error": error})
        fail_task(stage.ports, grant.task_id, failure)
        retry_job(stage.ports, job.id, user_id=USER)
        assert processor.claim_next(job.id).input.kind == first

    def test_a_running_or_completed_job_cannot_be_retried(self, stage, processor, job):
        with pytest.raises(Problem, match="job_not_retryable"):
            retry_job(stage.ports, job.id, user_id=USER)
        processor.run_job(job.id)
        with pytest.raises(Problem, match="job_not_retryable"):
            retry_job(stage.ports, job.id, user_id=USER)
