"""Check that the segments which a processor names are its task's: in a report while it encodes, and
in its result.

Each lies below the prefix of the task's attempt, and has a number of its chunk. Chunks of one job may
have the same attempt, and so the same keys: a number of another chunk would stay listed in place of
that chunk's own segment.
"""

from collections.abc import Sequence

from job_service.jobs.job import Job
from job_service.jobs.listed import find_numbers, is_key_of, list_formats
from job_service.jobs.task import Task
from videoforge.keys import build_attempt_prefix, read_segment_index
from videoforge.messages import EncodedTrack
from videoforge.problems import Code, Problem


def check_segments(
    tracks: Sequence[EncodedTrack], *, job: Job, task: Task, listed: Sequence[EncodedTrack] = ()
) -> None:
    """Raise Problem 422 `wrong_result` unless all are this attempt's, or `listed`: what attempts
    before it had listed of this task, and it did not encode again."""
    plan = job.known_plan
    formats = list_formats(plan, task=task) if plan else []
    prefix = build_attempt_prefix(job.id, attempt=task.attempt)
    known = {segment.key for track in listed for segment in track.segments}
    inits = {track.init_key for track in listed}
    for track in tracks:
        init = track.init_key
        is_init = init is None or init in inits or init.startswith(f"{prefix}{track.format}/")
        are_ours = all(
            item.key in known or is_key_of(item, prefix=prefix, format=track.format)
            for item in track.segments
        )
        are_whole = all(item.size_bytes > 0 and item.duration_seconds > 0 for item in track.segments)
        if track.format not in formats or not (is_init and are_ours and are_whole):
            raise Problem(
                Code.wrong_result, detail=f"Some segments of {track.format[:20]} are not this attempt's."
            )
        if plan:
            _check_numbers(track, numbers=find_numbers(plan, task=task))


def _check_numbers(track: EncodedTrack, *, numbers: tuple[int, int | None]) -> None:
    first, end = numbers
    for segment in track.segments:
        number = read_segment_index(segment.key)
        if number < first or (end is not None and number >= end):
            raise Problem(
                Code.wrong_result, detail=f"Segment {number} of {track.format} is not this chunk's."
            )
