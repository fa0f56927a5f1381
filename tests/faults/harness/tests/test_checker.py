"""Each rule of the checker fails for its violation, and a healthy stack passes all."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from tests.faults.harness.checker import RULES, check
from tests.faults.harness.snapshot import JobWatch, Sighting, Snapshot

JOB, VIDEO, TASKS = "job-1", "video-1", ("prepare", "encode", "assemble")
JOB_ID = "11111111-1111-4111-8111-111111111111"
PREFIX = f"videos/output/{JOB_ID}/1"
SOURCE = "users/u/uploads/22222222-2222-4222-8222-222222222222/source.mp4"
TRACK = {
    "format": "480p",
    "init_key": f"{PREFIX}/480p/init.mp4",
    "segments": [{"key": f"{PREFIX}/480p/00000.m4s", "duration_seconds": 6, "size_bytes": 9}],
}
RENDITION = {
    "format": "480p",
    "width": 854,
    "height": 480,
    "frame_rate": "24/1",
    "codecs": "avc1.64001f",
    "bitrate_bps": 1,
    "peak_bitrate_bps": 1,
    "duration_seconds": 6,
    "size_bytes": 9,
    "playlist_key": f"{PREFIX}/480p/index.m3u8",
    "mp4_key": f"{PREFIX}/480p.mp4",
    "mp4_size_bytes": 9,
}
PLAN = {
    "ladder": [{"format": "480p", "width": 854, "height": 480, "bitrate_bps": 1}],
    "chunks": [{"index": 0, "start_seconds": 0, "duration_seconds": 6, "first_segment": 0}],
    "duration_seconds": 6,
    "frame_rate": "24/1",
    "video_stream": 0,
    "audio_stream": None,
}
RESULTS = {
    "prepare": {
        "kind": "prepare",
        "plan": PLAN,
        "skipped": [],
        "warnings": [],
        "thumbnail_key": f"{PREFIX}/thumbnail.jpg",
    },
    "encode": {"kind": "encode", "renditions": [TRACK], "audio": None},
    "assemble": {"kind": "assemble", "renditions": [RENDITION], "audio": None},
}


def make_task(kind, **changed):
    known = {"id": kind, "job_id": JOB_ID, "job_attempt": 1, "kind": kind, "status": "done", "attempt": 1}
    return known | {"result": RESULTS[kind]} | changed


def make_job(**changed):
    known = {"id": JOB_ID, "video_id": VIDEO, "status": "completed", "attempts": 1, "error": None}
    return known | {"completed_at": "2026-11-30"} | changed


def look(*looks):
    return [Sighting(float(second), status, percent) for second, (status, percent) in enumerate(looks)]


def make_watch(**changed):
    known = {"job_id": JOB_ID, "video_id": VIDEO, "key": "key-1"}
    looks = look(("pending", 0), ("processing", 50), ("completed", 100))
    return JobWatch(**{**known, "sightings": looks, **changed})


def make_sound() -> Snapshot:
    return Snapshot(
        jobs=[make_job()],
        tasks=[make_task(kind) for kind in TASKS],
        assets=[
            {"id": "a", "video_id": VIDEO, "job_id": None, "kind": "source", "s3_key": SOURCE, "detail": {}},
            {
                "id": "b",
                "video_id": VIDEO,
                "job_id": JOB_ID,
                "kind": "rendition",
                "format": "480p",
                "s3_key": RENDITION["playlist_key"],
                "detail": RENDITION,
            },
        ],
        videos=[{"id": VIDEO, "status": "ready", "deleted_at": None}],
        renditions=[{"video_id": VIDEO, "format": "480p", "width": 854}],
        publications=[{"job_id": JOB_ID, "video_id": VIDEO}],
        stored_keys=[
            SOURCE,
            f"videos/posters/{VIDEO}/thumbnail.jpg",
            *(f"{PREFIX}/{name}" for name in ("thumbnail.jpg", "480p/init.mp4", "480p/00000.m4s")),
            *(f"{PREFIX}/{name}" for name in ("480p/index.m3u8", "480p.mp4")),
        ],
        playback={VIDEO: ""},
        seen=[make_watch()],
    )


RUNNING = [make_task("prepare", status="running", result=None)]
BROKEN: dict[str, dict[str, Any]] = {
    "every_accepted_job_is_known": {"seen": [make_watch(job_id="another")]},
    "every_job_ends": {"jobs": [make_job(status="processing", completed_at=None)], "tasks": RUNNING},
    "no_job_fails_for_a_fault_of_ours": {"jobs": [make_job(status="failed", error={"code": "x"})]},
    "a_job_ends_once": {"seen": [make_watch(sightings=look(("failed", 50), ("completed", 100)))]},
    "progress_never_falls": {
        "seen": [make_watch(sightings=look(("processing", 15.1), ("processing", 5.0), ("completed", 100)))]
    },
    "one_hundred_percent_means_published": {"seen": [make_watch(sightings=look(("processing", 100)))]},
    "one_key_makes_one_job": {"seen": [make_watch(job_ids={"another"})]},
    "the_ledger_is_exact": {"jobs": [make_job(completed_at=None)]},
    "a_running_task_has_a_live_lease": {"overdue_lease_seconds": {"encode": 61.0}},
    "an_active_job_has_an_open_task": {"jobs": [make_job(status="processing", completed_at=None)]},
    "a_result_is_of_its_last_attempt": {
        "tasks": [make_task("prepare"), make_task("encode"), make_task("assemble", attempt=2)]
    },
    "a_completed_job_is_published_once": {"publications": []},
    "gallery_and_assets_agree": {"renditions": []},
    "one_job_owns_the_renditions_of_a_video": {
        "assets": [
            {"id": "b", "video_id": VIDEO, "job_id": "another", "kind": "rendition", "format": "480p"}
            | {"s3_key": SOURCE, "detail": RENDITION}
        ]
    },
    "what_is_published_plays": {"playback": {VIDEO: "480p.mp4 was answered with status 404."}},
    "every_message_was_sent": {
        "outbox_waiting": [{"id": 7, "kind": "publish", "tries": 3, "last_error": "gallery_unavailable"}]
    },
    "nothing_is_left_in_the_store": {"stored_keys": [*make_sound().stored_keys, f"{PREFIX}/480p/00009.m4s"]},
    "what_rows_name_is_in_the_store": {"stored_keys": make_sound().stored_keys[1:]},
    "nothing_is_left_on_the_disk": {"scratch_files": ["processor-1/abc/task-1/source"]},
    "no_process_is_left": {"stray_processes": ["ffmpeg (41)"]},
}


def test_a_sound_stack_is_called_sound():
    assert check(make_sound()) == []


def test_a_successor_may_keep_the_segments_of_an_earlier_attempt_and_not_of_a_later_one():
    tasks = [make_task("prepare"), make_task("encode", attempt=2), make_task("assemble")]
    assert check(replace(make_sound(), tasks=tasks)) == []
    tasks[1] = make_task("encode", attempt=0)
    found = check(replace(make_sound(), tasks=tasks))
    assert [violation.rule for violation in found] == ["a result is of its last attempt"]


def test_every_rule_has_a_case_that_breaks_it():
    assert {rule.__name__ for rule in RULES} == set(BROKEN)


@pytest.mark.parametrize("rule", BROKEN)
def test_the_rule_goes_red(rule):
    broken = replace(make_sound(), **deepcopy(BROKEN[rule]))
    assert rule.replace("_", " ") in {violation.rule for violation in check(broken)}
    assert rule.replace("_", " ") not in {
        violation.rule for violation in check(broken, without=frozenset({rule}))
    }


def test_a_second_job_of_one_key_is_seen_though_nobody_was_told_of_it():
    twice = replace(make_sound(), jobs=[make_job(), make_job(id="33333333")])
    assert "one key makes one job" in {violation.rule for violation in check(twice)}


def test_what_is_about_to_be_removed_is_not_left_behind():
    going = [{"target": JOB_ID, "status": "due", "prefixes": [f"videos/output/{JOB_ID}/"]}]
    keys = [*make_sound().stored_keys, f"{PREFIX}/480p/00009.m4s"]
    assert check(replace(make_sound(), stored_keys=keys, deletions=going)) == []


def test_a_job_that_was_cancelled_when_asked_is_no_failure():
    cancelled = replace(
        make_sound(),
        jobs=[make_job(status="cancelled")],
        tasks=[make_task(kind, status="cancelled", result=None) for kind in TASKS],
        assets=make_sound().assets[:1],
        videos=[{"id": VIDEO, "status": "uploaded", "deleted_at": None}],
        renditions=[],
        publications=[],
        stored_keys=make_sound().stored_keys[:2],
        playback={},
        seen=[make_watch(sightings=look(("pending", 0), ("cancelled", 0)), is_cancel_asked=True)],
    )
    assert check(cancelled) == []
