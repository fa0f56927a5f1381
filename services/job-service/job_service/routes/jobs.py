"""Jobs: create, watch, cancel and retry them."""

from flask import Blueprint

from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.ports import JobFilter, JobTransaction
from job_service.jobs.requests import cancel_job, create_job, create_job_batch, retry_job
from job_service.jobs.views import JobView, get_job, list_jobs
from job_service.routes.schemas.jobs import JobBatch, JobList, JobListQuery, NewJobBatch
from job_service.web.current_user import require_user
from job_service.web.cursor import read_cursor, write_cursor
from job_service.web.documented import Answer, documented
from job_service.web.idempotency import KeyHeader, get_seed, idempotent, keep_answer
from job_service.web.services import get_services

blueprint = Blueprint("jobs", __name__, url_prefix="/api/jobs")


def _find_requester() -> JobRequester:
    user_id, seed = require_user().user_id, get_seed()
    return JobRequester(user_id=user_id) if seed is None else JobRequester(user_id=user_id, seed=seed)


@blueprint.post("")
@idempotent()
@documented(headers=KeyHeader, answers={202: JobView}, errors=(404, 409), tag="jobs", access="user")
def post_job(json: NewJob) -> Answer:
    """Encode a video in some formats. With an `Idempotency-Key`, a repeat does not create a second
    job."""

    def keep(tx: JobTransaction, jobs: list[JobView]) -> None:
        keep_answer(tx, jobs[0], status=202)

    return create_job(get_services().jobs, json, requester=_find_requester(), keep=keep), 202


@blueprint.post("/batch")
@idempotent()
@documented(headers=KeyHeader, answers={202: JobBatch}, errors=(404, 409), tag="jobs", access="user")
def post_job_batch(json: NewJobBatch) -> Answer:
    """Queue up to 100 jobs: all of them, or none if one is refused. Accepts an
    `Idempotency-Key`."""
    requester = _find_requester()

    def keep(tx: JobTransaction, jobs: list[JobView]) -> None:
        keep_answer(tx, JobBatch(batch_id=requester.batch_id, items=jobs), status=202)

    batch_id, jobs = create_job_batch(get_services().jobs, json.items, requester=requester, keep=keep)
    return JobBatch(batch_id=batch_id, items=jobs), 202


@blueprint.get("")
@documented(answers={200: JobList}, tag="jobs", access="user")
def get_jobs(query: JobListQuery) -> Answer:
    """List your jobs, newest first: all, or those with a given status, video or batch."""
    wanted = JobFilter(
        user_id=require_user().user_id,
        status=query.status,
        video_id=query.video_id,
        batch_id=query.batch_id,
    )
    page = list_jobs(get_services().jobs, wanted, after=read_cursor(query.cursor), limit=query.limit)
    return JobList(items=page.items, next_cursor=write_cursor(page.next_start))


@blueprint.get("/<job_id>")
@documented(answers={200: JobView}, errors=(404,), tag="jobs", access="user")
def get_one_job(job_id: str) -> Answer:
    """Show a job with its progress. Administrators can see any user's job."""
    return get_job(get_services().jobs, job_id, user_id=require_user().reads_jobs_of)


@blueprint.post("/<job_id>/cancel")
@documented(answers={202: JobView}, errors=(404, 409), tag="jobs", access="user")
def post_cancel(job_id: str) -> Answer:
    """Cancel a job. Its running work stops within seconds."""
    return cancel_job(get_services().jobs, job_id, user_id=require_user().user_id), 202


@blueprint.post("/<job_id>/retry")
@documented(answers={202: JobView}, errors=(404, 409), tag="jobs", access="user")
def post_retry(job_id: str) -> Answer:
    """Retry a failed or cancelled job, as the same job. What a failed job had finished is kept for
    three days, and the retry goes on from there."""
    return retry_job(get_services().jobs, job_id, user_id=require_user().user_id), 202
