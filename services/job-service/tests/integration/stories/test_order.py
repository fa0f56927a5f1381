"""Which task a processor is granted, on the memory stores and on PostgreSQL."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from random import Random

import pytest

from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.requests import cancel_job, create_job
from job_service.tasks.claim_task import claim_light_task, claim_task
from job_service.tasks.complete_task import complete_task
from job_service.tasks.fail_task import fail_task
from job_service.tasks.lease import heartbeat_task
from job_service.tasks.reports import report_progress
from job_service.testing.processor import build_completion, build_proof, build_result
from videoforge.messages import ClaimRequest, ProgressReport, TaskError, TaskFailure
from videoforge.problems import Problem

MESSAGE = "a-message-that-names-no-task"
ERROR = TaskError(code="interrupted", message="Stopped.", retryable=True)


def add_job(stage, user_id="user-1", *, seconds=30, priority=0, size_bytes=1000):
    video_id = stage.add_source(user_id=user_id, seconds=seconds, size_bytes=size_bytes)
    wish = NewJob(video_id=video_id, output_formats=["720p"], priority=priority)
    return create_job(stage.ports, wish, requester=JobRequester(user_id=user_id))


def claim(stage, named=MESSAGE, **values):
    request = ClaimRequest(processor_id="p", dispatch=1, **values)
    return claim_task(stage.ports, named, request, lease_seconds=90).grant


def finish(stage, grant, *, chunks=1):
    completion = build_completion(grant).model_copy(update={"result": build_result(grant, chunks=chunks)})
    return complete_task(stage.ports, grant.task_id, completion).job_status


def give_back(stage, grant):
    failure = TaskFailure(**build_proof(grant).model_dump(), kind="interruption", error=ERROR)
    fail_task(stage.ports, grant.task_id, failure)


def claim_all(stage, **values):
    """Return the jobs of all grants until nothing is due."""
    found = []
    while True:
        try:
            found.append(claim(stage, **values).job_id)
        except Problem as problem:
            assert problem.code == "task_not_found"
            return found


def claim_light(stage, **values):
    request = ClaimRequest(processor_id="p", **values)
    return claim_light_task(stage.ports, request, lease_seconds=90).grant


def hears_of_light_work(stage, grant):
    """Return what a heartbeat and a report are told; both have to agree."""
    beat = heartbeat_task(stage.ports, grant.task_id, build_proof(grant), lease_seconds=90)
    progress = ProgressReport(**build_proof(grant).model_dump(), phase="encoding", percent=1)
    told = report_progress(stage.ports, grant.task_id, progress)
    assert beat.light_work_waits == told.light_work_waits
    return told.light_work_waits


class TestUsers:
    def test_the_one_with_the_fewest_running_tasks_is_next(self, stage):
        many = [add_job(stage, "user-1", priority=10).id for _ in range(4)]
        few = [add_job(stage, "user-2").id for _ in range(2)]
        granted = claim_all(stage)
        assert [job_id in few for job_id in granted] == [False, True, False, True, False, False]
        assert sorted(granted) == sorted(many + few)

    def test_of_equals_it_is_the_one_whose_last_grant_is_longest_ago(self, stage):
        jobs = {name: [add_job(stage, name).id for _ in range(3)] for name in ("a", "b", "c")}
        turns = []
        for _ in range(9):
            grant = claim(stage)
            turns += [name for name, ids in jobs.items() if grant.job_id in ids]
            cancel_job(stage.ports, grant.job_id, user_id=None)
        assert turns == ["a", "b", "c"] * 3


class TestJobsOfAUser:
    def test_the_higher_priority_goes_first(self, stage):
        low, high = add_job(stage, priority=-1), add_job(stage, priority=3)
        assert claim_all(stage) == [high.id, low.id]

    def test_clips_pass_a_film_until_it_has_waited_for_its_own_length(self, stage):
        film = add_job(stage, seconds=7200)
        stage.wait(7100)
        clip = add_job(stage, seconds=10)
        assert claim(stage).job_id == clip.id
        stage.wait(200)
        late = add_job(stage, seconds=10)
        assert [claim(stage).job_id for _ in range(2)] == [film.id, late.id]

    def test_what_remains_counts_not_what_was_asked_for(self, stage):
        film = add_job(stage, seconds=300)
        finish(stage, claim(stage), chunks=10)
        for _ in range(1 + 6):
            finish(stage, claim(stage))
        with stage.ports.database.begin() as tx:
            assert tx.jobs.find(film.id).remaining_seconds == 120
        shorter, longer = add_job(stage, seconds=80), add_job(stage, seconds=110)
        assert [claim(stage).job_id for _ in range(6)] == [shorter.id, *[film.id] * 4, longer.id]

    def test_the_first_of_many_equal_jobs_is_done_after_its_own_three_tasks(self, stage):
        for _ in range(8):
            add_job(stage)
        done = [finish(stage, claim(stage)) == "completed" for _ in range(24)]
        assert done == [False, False, True] * 8

    def test_a_job_that_has_begun_goes_before_one_a_little_shorter(self, stage):
        begun = add_job(stage, seconds=60)
        finish(stage, claim(stage), chunks=2)
        add_job(stage, seconds=40)
        grant = claim(stage)
        assert grant.job_id == begun.id
        give_back(stage, grant)
        much_shorter = add_job(stage, seconds=10)
        assert claim(stage).job_id == much_shorter.id

    def test_the_audio_goes_after_the_first_chunk_and_then_the_others_in_their_order(self, stage):
        add_job(stage)
        finish(stage, claim(stage), chunks=12)
        assert claim(stage).input.chunk.index == 0
        assert claim(stage).input.kind == "audio"
        assert [claim(stage).input.chunk.index for _ in range(11)] == list(range(1, 12))


class TestNobodyStarves:
    """The bounds that docs/decisions.md gives, beside users who never stop sending."""

    @pytest.mark.parametrize("seed", range(4))
    def test_a_user_who_waits_is_passed_once_by_each_other_user(self, stage, seed):
        """As long as nothing of theirs runs. Light slots take work of the others besides."""
        chance, slots, others = Random(seed), 1 + seed % 3, ("flood", "second", "third")
        film = add_job(stage, "the last by name", seconds=7200)
        finish(stage, claim(stage), chunks=6)
        owners, running, passed = {film.id: "film"}, [], Counter()
        for _ in range(20):
            for user_id in others:
                seconds, priority = chance.choice([5, 30, 300]), chance.randrange(10)
                owners[add_job(stage, user_id, seconds=seconds, priority=priority).id] = user_id
            while len(running) < slots:
                running.append(claim(stage, held_videos=[film.video_id, "another"][chance.randrange(2) :]))
                passed[owners[running[-1].job_id]] += 1
            if chance.random() < 0.5:
                with suppress(Problem):
                    finish(stage, claim_light(stage))
            if any(grant.job_id == film.id for grant in running):
                passed.clear()
            assert max(passed.values(), default=0) <= 1, passed
            done = running.pop(chance.randrange(slots))
            give_back(stage, done) if done.job_id == film.id else cancel_job(
                stage.ports, done.job_id, user_id=None
            )
            stage.wait(1)

    @pytest.mark.parametrize("seed", range(2))
    def test_a_film_is_passed_by_its_users_clips_for_no_longer_than_it_lasts(self, stage, seed):
        chance = Random(seed)
        film = add_job(stage, seconds=600)
        clip, waited = add_job(stage, seconds=60), 0
        while (grant := claim(stage, held_videos=[clip.video_id])).job_id != film.id and waited < 700:
            cancel_job(stage.ports, grant.job_id, user_id=None)
            stage.wait(20)
            waited += 20
            clip = add_job(stage, seconds=chance.choice([5, 30, 60]))
        assert 500 <= waited <= 640, "its clips of up to 60 s, and the 30 s of held sources"


class TestHeldSources:
    def test_of_about_equal_jobs_the_processor_gets_the_one_whose_source_it_holds(self, stage):
        jobs = [add_job(stage, seconds=seconds) for seconds in (10, 20, 35, 45)]
        assert claim(stage, held_videos=[jobs[2].video_id]).job_id == jobs[2].id
        assert claim(stage, held_videos=[jobs[3].video_id]).job_id == jobs[0].id, "35 s later than the first"
        assert claim(stage, held_videos=["unknown"]).job_id == jobs[1].id

    def test_it_is_found_behind_many_tasks_of_the_first_job(self, stage):
        add_job(stage, seconds=1)
        finish(stage, claim(stage), chunks=40)
        held = add_job(stage, seconds=0)
        stage.wait(20)
        with stage.ports.database.begin() as tx:
            first = tx.jobs.find(held.id)
            tx.jobs.save(replace(first, remaining_seconds=1190))
        assert claim(stage, held_videos=[held.video_id]).job_id == held.id

    def test_it_changes_nothing_between_users_or_priorities(self, stage):
        first, held = add_job(stage, "user-1", priority=1), add_job(stage, "user-1")
        other = add_job(stage, "user-2")
        wanted = {"held_videos": [held.video_id]}
        assert [claim(stage, **wanted).job_id for _ in range(3)] == [first.id, other.id, held.id]


class TestRoom:
    def test_what_does_not_fit_is_passed_over(self, stage):
        large, small = add_job(stage, size_bytes=10_000), add_job(stage, size_bytes=100)
        assert claim(stage, room_bytes=200).job_id == small.id
        with pytest.raises(Problem, match="409 no_room"):
            claim(stage, room_bytes=200)
        assert claim(stage, room_bytes=20_000).job_id == large.id
        with pytest.raises(Problem, match="404 task_not_found"):
            claim(stage, room_bytes=200)

    def test_a_user_whose_tasks_do_not_fit_holds_up_nobody(self, stage):
        for number in range(10):
            add_job(stage, f"large-{number}", size_bytes=10_000)
        small = add_job(stage, "small", size_bytes=100)
        assert claim(stage, room_bytes=200).job_id == small.id


class TestLightWork:
    """A film of two hours is being encoded when clips arrive."""

    @pytest.fixture
    def chunk(self, stage):
        """The task that the processor works on; more of its kind wait."""
        add_job(stage, "film", seconds=7200)
        finish(stage, claim(stage), chunks=4)
        assert [claim(stage).input.kind for _ in range(2)] == ["encode", "audio"]
        return claim(stage)

    def test_a_processor_at_work_hears_of_light_work_that_nobody_takes(self, stage, chunk):
        assert (chunk.is_light, hears_of_light_work(stage, chunk)) == (False, False)
        add_job(stage, "clip", seconds=10)
        assert not hears_of_light_work(stage, chunk), "somebody may be about to take it"
        stage.wait(1.5)
        assert hears_of_light_work(stage, chunk)
        grant = claim_light(stage)
        assert (grant.is_light, hears_of_light_work(stage, chunk)) == (True, False)

    def test_every_step_of_a_clip_is_light_and_nothing_of_the_film(self, stage, chunk):
        clip = add_job(stage, "clip", seconds=10)
        steps = []
        for _ in range(3):
            grant = claim_light(stage)
            assert grant.job_id == clip.id
            steps.append(grant.input.kind)
            status = finish(stage, grant)
        assert (steps, status) == (["prepare", "encode", "assemble"], "completed")
        with pytest.raises(Problem, match="409 nothing_due"):
            claim_light(stage)
        assert claim(stage).input.kind == "encode", "the message of the clip serves the film"

    def test_the_order_of_light_work_is_that_of_all_work(self, stage, chunk):
        many = [add_job(stage, "a", seconds=10, priority=5).id for _ in range(2)]
        few = add_job(stage, "b", seconds=20).id
        assert [claim_light(stage).job_id for _ in range(3)] == [many[0], few, many[1]]

    def test_what_does_not_fit_is_no_light_work(self, stage, chunk):
        add_job(stage, "clip", seconds=10, size_bytes=10_000)
        with pytest.raises(Problem, match="409 nothing_due"):
            claim_light(stage, room_bytes=200)

    def test_a_repeated_claim_gets_the_same_grant(self, stage, chunk):
        add_job(stage, "clip", seconds=10), add_job(stage, "clip", seconds=10)
        lost, again = (claim_light(stage, claim_id="c" * 32) for _ in range(2))
        assert (lost.task_id, lost.lease_token) == (again.task_id, again.lease_token)

    def test_a_lost_light_task_is_sent_again(self, stage, chunk):
        clip = add_job(stage, "clip", seconds=10)
        give_back(stage, claim_light(stage))
        sent = [message["task_id"] for message in stage.list_messages("task")]
        again = claim_light(stage)
        assert (again.job_id, again.attempt, sent.count(again.task_id)) == (clip.id, 2, 2)


class TestMessages:
    def test_a_message_about_another_task_will_do(self, stage):
        first, second = add_job(stage, seconds=10), add_job(stage, seconds=20)
        grant = claim(stage, "names-the-second")
        assert grant.job_id == first.id
        again = claim(stage, grant.task_id)
        assert again.job_id == second.id

    def test_a_repeated_claim_gets_the_task_that_was_granted_not_the_one_named(self, stage):
        add_job(stage), add_job(stage)
        lost = claim(stage, claim_id="c" * 32)
        again = claim(stage, claim_id="c" * 32)
        assert (again.task_id, again.lease_token) == (lost.task_id, lost.lease_token)
        assert claim(stage, claim_id="d" * 32).task_id != lost.task_id

    def test_a_message_of_a_lost_processor_takes_over_its_task_whatever_it_names(self, stage):
        add_job(stage)
        lost = claim(stage)
        stage.wait(91)
        assert claim(stage).task_id == lost.task_id

    @pytest.mark.integration
    @pytest.mark.parametrize("stage", ["postgres"], indirect=True)  # logging the error prints all locals
    def test_a_task_that_cannot_be_granted_is_set_aside_and_the_next_one_granted(self, stage):
        broken, sound = add_job(stage, seconds=1), add_job(stage, seconds=30)
        grant = claim(stage)
        finish(stage, grant)
        with stage.ports.database.begin() as tx:
            job = tx.jobs.find(broken.id)
            tx.jobs.save(replace(job, plan=job.plan.model_copy(update={"chunks": []})))
        assert claim(stage).job_id == sound.id
        with pytest.raises(Problem, match="409 task_set_aside"):
            claim(stage)
