"""What of a running job can be watched: the segments that its tasks have listed.

A segment is listed once it is checked and stored, and then it stays: whatever becomes of the
attempt that stored it, its successor and the published video have this same segment. A video can
be watched as far as the picture of every rung and the sound are listed without a gap from the
start. Times are seconds of the video.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from job_service.jobs.job import Job
from job_service.jobs.ports import JobTransaction, TrackReach
from job_service.jobs.task import Task
from videoforge.keys import AUDIO_FOLDER, build_segment_name, read_segment_index
from videoforge.messages import AudioResult, EncodedTrack, EncodeResult, Plan, Segment, TaskResult


def list_formats(plan: Plan, *, task: Task) -> list[str]:
    """Return the tracks that the task makes."""
    if task.kind == "audio":
        return [AUDIO_FOLDER]
    if task.kind != "encode":
        return []
    return [rung.format for rung in plan.ladder] + ([AUDIO_FOLDER] if len(plan.chunks) == 1 else [])


def find_numbers(plan: Plan, *, task: Task) -> tuple[int, int | None]:
    """Return the number of the task's first segment, and the first that is the next chunk's; None
    for what goes on to the end of the film."""
    if task.kind != "encode":
        return 0, None
    starts = {chunk.index: chunk.first_segment for chunk in plan.chunks}
    return starts[task.chunk_index], starts.get(task.chunk_index + 1)


def list_of_task(tx: JobTransaction, job: Job, *, task: Task) -> list[EncodedTrack]:
    """Return what is listed of this task's part of the video."""
    plan = job.known_plan
    if plan is None or not (formats := list_formats(plan, task=task)):
        return []
    first, end = find_numbers(plan, task=task)
    tracks = tx.listed.list_tracks(job.id, formats=formats, first=first, end=end)
    if first > 0:  # only the first chunk has the init segments
        tracks = [track.model_copy(update={"init_key": None}) for track in tracks]
    return [track for track in tracks if track.segments]


def note_listed(tx: JobTransaction, job: Job, tracks: Sequence[EncodedTrack]) -> Job:
    """List these segments, and return the job as it can be watched now. The caller holds the job's
    lock."""
    tx.listed.add(job.id, tracks=tracks)
    return reach_further(tx, job)


def reach_further(tx: JobTransaction, job: Job) -> Job:
    """Return the job with how far it can be watched now, and which renditions are there whole."""
    plan = job.known_plan
    if plan is None:
        return job
    reach = tx.listed.find_reach(job.id)
    job = job.list_whole(find_whole(plan, reach=reach))
    has_sound = AUDIO_FOLDER in reach
    if not has_sound and plan.audio_stream is not None and _may_get_sound(tx, job, plan=plan):
        return job
    return job.list_playable(compute_playable_seconds(plan, reach=reach, has_sound=has_sound))


def measure_first_seconds(before: Job, after: Job, *, now: datetime) -> float | None:
    """Return how long the first viewer had to wait, if the job's video can be watched from this
    step on: from the request, since the time from confirm to that is the user's own. None for a
    retry, whose request is older."""
    if before.playable_seconds or not after.playable_seconds or after.attempts > 1:
        return None
    return (now - after.created_at).total_seconds()


def find_whole(plan: Plan, *, reach: Mapping[str, TrackReach]) -> list[str]:
    """Return the renditions that are listed up to the film's last frame. Of a source that ends
    early none is: that it has ended is known once its last chunk is complete."""
    end = plan.duration_seconds - 1 / Fraction(plan.frame_rate)
    return [name for name, track in reach.items() if track.init_key and track.seconds > end]


def compute_playable_seconds(plan: Plan, *, reach: Mapping[str, TrackReach], has_sound: bool) -> float:
    """Return how far picture and sound can be watched; 0 while an init segment is missing."""
    needed = [rung.format for rung in plan.ladder] + ([AUDIO_FOLDER] if has_sound else [])
    listed = [reach.get(name) for name in needed]
    return round(min(track.seconds if track and track.init_key else 0.0 for track in listed), 6)


def keep_listed(result: TaskResult, *, listed: Sequence[EncodedTrack]) -> TaskResult:
    """Return the result with the segments that were listed before in place of its own."""
    known = {track.format: track for track in listed}
    if isinstance(result, AudioResult):
        return result.model_copy(update={"audio": _keep(result.audio, known=known)})
    if not isinstance(result, EncodeResult):
        return result
    renditions = [_keep(track, known=known) for track in result.renditions]
    return result.model_copy(update={"renditions": renditions, "audio": _keep(result.audio, known=known)})


def list_result_tracks(result: TaskResult) -> list[EncodedTrack]:
    renditions = result.renditions if isinstance(result, EncodeResult) else []
    audio = result.audio if isinstance(result, EncodeResult | AudioResult) else None
    return [track for track in [*renditions, *([audio] if audio else [])] if track.segments]


def _keep(track: EncodedTrack | None, *, known: Mapping[str, EncodedTrack]) -> EncodedTrack | None:
    before = known.get(track.format) if track else None
    if track is None or before is None:
        return track
    listed = {read_segment_index(segment.key): segment for segment in before.segments}
    segments = [listed.get(read_segment_index(segment.key), segment) for segment in track.segments]
    changes: dict[str, str | int | list[Segment]] = {"segments": segments}
    if track.init_key and before.init_key:
        changes |= {"init_key": before.init_key, "init_size_bytes": before.init_size_bytes}
    return track.model_copy(update=changes)


def is_key_of(segment: Segment, *, prefix: str, format: str) -> bool:
    """Return whether this is a segment of the track that was written below the prefix."""
    try:
        name = build_segment_name(read_segment_index(segment.key))
    except ValueError:
        return False
    return segment.key == f"{prefix}{format}/{name}"


def _may_get_sound(tx: JobTransaction, job: Job, *, plan: Plan) -> bool:
    """Return whether a task may still list some sound: a source's track may turn out empty."""
    kind = "audio" if len(plan.chunks) > 1 else "encode"
    tasks = tx.tasks.list_of_job(job.id, job_attempt=job.attempts)
    return any(task.status != "done" for task in tasks if task.kind == kind)
