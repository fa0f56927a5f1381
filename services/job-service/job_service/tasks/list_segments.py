"""Take a processor's report about segments that it has stored: from now on they may be watched."""

from dataclasses import dataclass

from job_service.jobs.job import Job
from job_service.jobs.listed import (
    find_numbers,
    is_key_of,
    list_formats,
    measure_first_seconds,
    note_listed,
)
from job_service.jobs.ports import JobPorts
from job_service.jobs.task import Task
from job_service.tasks.lease import check_lease, lock_task
from videoforge.keys import build_attempt_prefix, read_segment_index
from videoforge.messages import EncodedTrack, LeaseAnswer, Plan, SegmentReport
from videoforge.problems import Code, Problem


@dataclass(frozen=True, kw_only=True)
class Listed:
    """`first_seconds` is set by the report from which on the video can be watched."""

    answer: LeaseAnswer
    first_seconds: float | None


def list_segments(ports: JobPorts, task_id: str, report: SegmentReport) -> Listed:
    """The answer is when the lease ends; a report does not extend it. Of a number that is listed already
    the first segment stays, so a second call changes nothing. Raises Problem 409 `lease_lost`, 422
    `wrong_result` for segments that are not this attempt's or not of its chunk."""
    with ports.database.begin() as tx:
        locked = lock_task(tx, task_id)
        check_lease(locked, report)
        _check_tracks(report, job=locked.job, task=locked.task)
        job = note_listed(tx, locked.job, report.tracks)
        if job != locked.job:
            tx.jobs.save_playable(job)
        first_seconds = measure_first_seconds(locked.job, job, now=tx.jobs.read_clock())
        leased_until = locked.task.leased_until
    if leased_until is None:
        raise Problem(Code.lease_lost)
    return Listed(answer=LeaseAnswer(leased_until=leased_until), first_seconds=first_seconds)


def _check_tracks(report: SegmentReport, *, job: Job, task: Task) -> None:
    plan = job.known_plan
    formats = list_formats(plan, task=task) if plan else []
    prefix = build_attempt_prefix(job.id, attempt=task.attempt)
    for track in report.tracks:
        is_init = track.init_key is None or track.init_key.startswith(f"{prefix}{track.format}/")
        are_ours = all(is_key_of(segment, prefix=prefix, format=track.format) for segment in track.segments)
        are_whole = all(segment.size_bytes > 0 and segment.duration_seconds > 0 for segment in track.segments)
        if track.format not in formats or not (is_init and are_ours and are_whole):
            raise Problem(
                Code.wrong_result, detail=f"Some segments of {track.format[:20]} are not this attempt's."
            )
        if plan:
            _check_numbers(track, plan=plan, task=task)


def _check_numbers(track: EncodedTrack, *, plan: Plan, task: Task) -> None:
    """Chunks of one job may have the same attempt, and so the same keys: a number of another chunk
    would stay listed in place of that chunk's own segment."""
    first, end = find_numbers(plan, task=task)
    for segment in track.segments:
        number = read_segment_index(segment.key)
        if number < first or (end is not None and number >= end):
            raise Problem(
                Code.wrong_result, detail=f"Segment {number} of {track.format} is not this chunk's."
            )
