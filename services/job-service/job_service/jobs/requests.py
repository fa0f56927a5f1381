"""What users do with jobs: create one or a batch, retry one, cancel.

A new job, its first task and the task's message are written in one transaction. A retry keeps the
job's id and, of a failed job, the finished chunks. Processors that work on a cancelled job learn of
it at their next heartbeat or report.
"""

from collections.abc import Callable, Mapping, Sequence

from job_service.jobs.announce_job import announce_job
from job_service.jobs.end_job import cancel_job_in
from job_service.jobs.job import Job
from job_service.jobs.job_request import JobRequester, NewJob, find_unknown_formats, order_formats
from job_service.jobs.kept_tasks import take_over_finished
from job_service.jobs.made_formats import find_made
from job_service.jobs.next_tasks import queue_next_tasks
from job_service.jobs.ports import JobPorts, JobTransaction
from job_service.jobs.progress import compute_percent, compute_renditions
from job_service.jobs.turns import compute_remaining_seconds
from job_service.jobs.views import JobView, build_job_view
from job_service.quotas.usage import admit_jobs
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem

_log = get_logger("JOB")


#: Saves the answer for a repeated request, in the transaction that creates the jobs.
KeepJobs = Callable[[JobTransaction, list[JobView]], None]


def create_job(
    ports: JobPorts, request: NewJob, *, requester: JobRequester, keep: KeepJobs | None = None
) -> JobView:
    """Queue one job. Raises Problem 422 `no_formats` and `unknown_format`, 404 `video_not_found`,
    409 `video_in_trash` and `formats_exist`, and what admit_jobs does."""
    return _create(ports, [request], requester=requester, batch_id=None, keep=keep)[0]


def create_job_batch(
    ports: JobPorts, requests: Sequence[NewJob], *, requester: JobRequester, keep: KeepJobs | None = None
) -> tuple[str, list[JobView]]:
    """Queue all jobs or none; return the batch's id and the jobs in the order of the request.
    Raises what create_job does, with every faulty item in `errors`."""
    return requester.batch_id, _create(
        ports, requests, requester=requester, batch_id=requester.batch_id, keep=keep
    )


def _create(
    ports: JobPorts,
    requests: Sequence[NewJob],
    *,
    requester: JobRequester,
    batch_id: str | None,
    keep: KeepJobs | None,
) -> list[JobView]:
    with ports.database.begin() as tx:
        tx.jobs.lock_user(requester.user_id)
        ids = [requester.make_id(str(index)) for index in range(len(requests))]
        known = tx.jobs.find(ids[0]) is not None
        if not known:
            _check_all(tx, requests, user_id=requester.user_id, is_batch=batch_id is not None)
            admit_jobs(tx, ports.quotas, user_id=requester.user_id, count=len(requests))
            for job_id, request in zip(ids, requests, strict=True):
                _queue(tx, request, job_id=job_id, user_id=requester.user_id, batch_id=batch_id)
        positions = tx.jobs.find_queue_positions(ids)
        jobs = [tx.jobs.find(job_id) for job_id in ids]
        views = [build_job_view(job, queue_position=positions.get(job.id)) for job in jobs if job]
        if keep:
            keep(tx, views)
    if not known:
        for job_id, request in zip(ids, requests, strict=True):
            _log.info(
                "job queued", job_id=job_id, video_id=request.video_id, formats=list(request.output_formats)
            )
            announce_job(ports, job_id)
    return views


def _check_all(tx: JobTransaction, requests: Sequence[NewJob], *, user_id: str, is_batch: bool) -> None:
    """Raise the first problem; for a batch, with one line for each faulty item."""
    problems: list[tuple[int, Problem]] = []
    for index, request in enumerate(requests):
        try:
            check_formats(request.output_formats)
            check_video(tx, request.video_id, user_id=user_id)
            find_made(tx, request)
        except Problem as problem:
            problems.append((index, problem))
    if not problems:
        return
    if not is_batch:
        raise problems[0][1]
    faults = [{"field": f"items.{index}", "message": problem.detail} for index, problem in problems]
    raise invalid_batch(faults, problem=problems[0][1])


def check_formats(names: Sequence[str]) -> None:
    """Raise Problem 422 `no_formats` or `unknown_format`."""
    if not names:
        raise no_formats()
    if unknown := find_unknown_formats(names):
        raise unknown_format(unknown)


def check_video(tx: JobTransaction, video_id: str, *, user_id: str) -> None:
    """Raise Problem 404 unless the video belongs to the user, 409 if it is in the trash. The source
    stays locked against deletion until the transaction ends."""
    source = tx.assets.find_source(video_id, lock="shared")
    if source is None or source.user_id != user_id:
        raise Problem(Code.video_not_found)
    status = tx.deletions.find_video_status(video_id)
    if status == "trashed":
        raise Problem(Code.video_in_trash)
    if status is not None:
        raise Problem(Code.video_not_found)


def _queue(
    tx: JobTransaction,
    request: NewJob,
    *,
    job_id: str,
    user_id: str,
    batch_id: str | None,
) -> None:
    now = tx.jobs.read_clock()
    source = tx.assets.find_source(request.video_id)
    seconds = source.duration_seconds if source else 0.0
    job = Job(
        id=job_id,
        video_id=request.video_id,
        user_id=user_id,
        batch_id=batch_id,
        output_formats=order_formats(request.output_formats),
        options=request.options,
        skipped=find_made(tx, request),
        priority=request.priority,
        source_seconds=seconds,
        remaining_seconds=seconds,
        created_at=now,
        updated_at=now,
    )
    tx.jobs.insert(job)
    queue_next_tasks(tx, job)


def retry_job(ports: JobPorts, job_id: str, *, user_id: str) -> JobView:
    """Return the job, pending again. Raises Problem 404 `job_not_found` and `video_not_found`, 409
    `job_not_retryable` and `video_in_trash`, and what admit_jobs does."""
    with ports.database.begin() as tx:
        tx.jobs.lock_user(user_id)
        found = tx.jobs.find(job_id)
        if found is None or found.user_id != user_id:
            raise Problem(Code.job_not_found)
        check_video(tx, found.video_id, user_id=user_id)
        job = tx.jobs.find(job_id, for_update=True)  # after the source: see jobs/ports.py
        if job is None:
            raise Problem(Code.job_not_found)
        if job.status not in {"failed", "cancelled"}:
            raise Problem(Code.job_not_retryable, job_status=job.status)
        admit_jobs(tx, ports.quotas, user_id=user_id, count=1)
        again = _queue_again(tx, job)
        positions = tx.jobs.find_queue_positions([job_id])
    _log.info("job retried", job_id=job_id, attempts=again.attempts, status_before=job.status)
    announce_job(ports, job_id)
    return build_job_view(again, queue_position=positions.get(job_id))


def _queue_again(tx: JobTransaction, job: Job) -> Job:
    """Return the job as pending, with the progress that it keeps."""
    again = job.retry(keeps_plan=take_over_finished(tx, job))
    queue_next_tasks(tx, again)
    tasks = tx.tasks.list_of_job(again.id, job_attempt=again.attempts)
    again = again.advance(
        phase="queued",
        percent=compute_percent(again, tasks=tasks),
        renditions=compute_renditions(again, tasks=tasks, known={}),
        remaining_seconds=compute_remaining_seconds(again, tasks=tasks),
    )
    tx.jobs.save(again)
    return again


def cancel_job(ports: JobPorts, job_id: str, *, user_id: str | None) -> JobView:
    """Return the cancelled job; `user_id` None allows any user's job. Raises Problem 404
    `job_not_found`, 409 `job_finished`."""
    with ports.database.begin() as tx:
        job = tx.jobs.find(job_id, for_update=True)
        if job is None or user_id not in {None, job.user_id}:
            raise Problem(Code.job_not_found)
        if job.is_final:
            raise Problem(Code.job_finished, job_status=job.status)
        cancelled = cancel_job_in(tx, job, now=tx.jobs.read_clock())
    _log.info("job cancelled", job_id=job_id, status_before=job.status)
    return build_job_view(cancelled)


def cancel_jobs_of_video(tx: JobTransaction, video_id: str) -> None:
    """Cancel the video's unfinished jobs.

    The source is locked first: a job that is being added at the same time is either seen here or
    sees the deletion, which must already be written in the same transaction.
    """
    tx.assets.find_source(video_id, lock="exclusive")
    jobs = tx.jobs.list_unfinished_of_video(video_id, for_update=True)
    now = tx.jobs.read_clock()
    for job in jobs:
        cancel_job_in(tx, job, now=now)


def unknown_format(names: Sequence[str], *, field: str = "output_formats") -> Problem:
    shown = ", ".join(repr(name[:20]) for name in names[:5])
    fault = {"field": field, "message": Code.unknown_format.value.hint}
    return Problem(Code.unknown_format, names=shown, errors=[fault])


def no_formats(*, field: str = "output_formats") -> Problem:
    return Problem(Code.no_formats, errors=[{"field": field, "message": "Name at least one format."}])


def invalid_batch(faults: Sequence[Mapping[str, str]], *, problem: Problem) -> Problem:
    """Return one problem for all faulty items: the code of the first, and each item by its
    field."""
    return Problem(
        Code[problem.code],
        detail=f"Nothing was queued: {len(faults)} of the items cannot be queued. {problem.detail}",
        hint="Correct or leave out the items in `errors`, and send the batch again.",
        errors=faults,
    )
