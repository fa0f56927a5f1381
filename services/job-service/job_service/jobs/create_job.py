"""Ask for a video in some formats: the job, its first task and the task's message in one transaction."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from job_service.errors import Problem, not_found
from job_service.jobs.announce_job import announce_job
from job_service.jobs.formats import find_unknown_formats, order_formats
from job_service.jobs.job import Job
from job_service.jobs.job_view import JobView, build_job_view
from job_service.jobs.ports import JobPorts
from job_service.jobs.queue_task import queue_task
from job_service.jobs.refusals import (
    invalid_batch,
    no_formats,
    unknown_format,
    video_in_trash,
)
from job_service.platform.ports import Transaction
from job_service.quotas.admit import admit_jobs
from videoforge.logs import get_logger
from videoforge.messages import RateControl

_log = get_logger("JOB")
#: Keeps the answer for a repeat, in the transaction that makes what it tells of.
KeepJobs = Callable[[Transaction, list[JobView]], None]
_NAMESPACE = uuid.UUID("5f1a9c9e-3f0b-4b38-9a39-3d4a4f2d6b11")


@dataclass(frozen=True, kw_only=True)
class JobOrder:
    """What a user asks for."""

    video_id: str
    output_formats: Sequence[str]
    rate_control: RateControl = "quality"
    priority: int = 0


@dataclass(frozen=True, kw_only=True)
class Orderer:
    """Who asks. `seed` is the same when the same request comes again: ids are made from it, so that a repeat
    finds the jobs that the first one made."""

    user_id: str
    seed: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def batch_id(self) -> str:
        """The id of the batch, where the jobs are ordered as one."""
        return self.make_id("batch")

    def make_id(self, name: str) -> str:
        return str(uuid.uuid5(_NAMESPACE, f"{self.seed}/{name}"))


def create_job(
    ports: JobPorts, order: JobOrder, *, orderer: Orderer, keep: KeepJobs | None = None
) -> JobView:
    """Queue one job. Raises Problem 422 `no_formats` and `unknown_format`, 404 `video_not_found`, 409
    `video_in_trash`, and what admit_jobs does."""
    return _create(ports, [order], orderer=orderer, batch_id=None, keep=keep)[0]


def create_job_batch(
    ports: JobPorts, orders: Sequence[JobOrder], *, orderer: Orderer, keep: KeepJobs | None = None
) -> tuple[str, list[JobView]]:
    """Queue all jobs or none; return the batch's id and the jobs in the order asked. Raises what create_job
    does, with every faulty item in `errors`."""
    return orderer.batch_id, _create(ports, orders, orderer=orderer, batch_id=orderer.batch_id, keep=keep)


def _create(
    ports: JobPorts,
    orders: Sequence[JobOrder],
    *,
    orderer: Orderer,
    batch_id: str | None,
    keep: KeepJobs | None,
) -> list[JobView]:
    with ports.database.begin() as transaction:
        ports.jobs.lock_user(transaction, orderer.user_id)
        ids = [orderer.make_id(str(index)) for index in range(len(orders))]
        known = ports.jobs.find(transaction, ids[0]) is not None
        if not known:
            _check_all(ports, transaction, orders, user_id=orderer.user_id, is_batch=batch_id is not None)
            admit_jobs(ports.quotas, transaction, user_id=orderer.user_id, count=len(orders))
            for job_id, order in zip(ids, orders, strict=True):
                _queue(ports, transaction, order, job_id=job_id, user_id=orderer.user_id, batch_id=batch_id)
        positions = ports.jobs.find_queue_positions(transaction, ids)
        jobs = [ports.jobs.find(transaction, job_id) for job_id in ids]
        views = [build_job_view(job, queue_position=positions.get(job.id)) for job in jobs if job]
        if keep:
            keep(transaction, views)
    if not known:
        for job_id, order in zip(ids, orders, strict=True):
            _log.info(
                "job queued", job_id=job_id, video_id=order.video_id, formats=list(order.output_formats)
            )
            announce_job(ports, job_id)
    return views


def _check_all(
    ports: JobPorts, transaction: Transaction, orders: Sequence[JobOrder], *, user_id: str, is_batch: bool
) -> None:
    """Raise the first problem, with one line for each item at fault where there are many."""
    problems: list[tuple[int, Problem]] = []
    for index, order in enumerate(orders):
        try:
            check_formats(order.output_formats)
            check_video(ports, transaction, order.video_id, user_id=user_id)
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


def check_video(ports: JobPorts, transaction: Transaction, video_id: str, *, user_id: str) -> None:
    """Raise Problem 404 unless the video is the user's, 409 when it is in the trash. The source stays locked
    against deletion until the transaction ends."""
    source = ports.assets.find_source(transaction, video_id, lock="shared")
    if source is None or source.user_id != user_id:
        raise not_found("video")
    status = ports.deletions.find_video_status(transaction, video_id)
    if status == "trashed":
        raise video_in_trash()
    if status is not None:
        raise not_found("video")


def _queue(
    ports: JobPorts,
    transaction: Transaction,
    order: JobOrder,
    *,
    job_id: str,
    user_id: str,
    batch_id: str | None,
) -> None:
    now = ports.jobs.read_clock(transaction)
    job = Job(
        id=job_id,
        video_id=order.video_id,
        user_id=user_id,
        batch_id=batch_id,
        output_formats=order_formats(order.output_formats),
        rate_control=order.rate_control,
        priority=order.priority,
        created_at=now,
        updated_at=now,
    )
    ports.jobs.insert(transaction, job)
    queue_task(ports, transaction, job, kind="prepare")
