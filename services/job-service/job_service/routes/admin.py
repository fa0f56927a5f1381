"""What administrators (group `admin`) see across all users, and what they can fix: jobs and dead
letters. They view and watch a single job through the owner's routes (routes/jobs.py)."""

from dataclasses import asdict

from flask import Blueprint

from job_service.admin.change_priority import change_priority
from job_service.admin.operations import TaskFilter
from job_service.admin.read_operations import (
    list_processors,
    list_tasks,
    read_figures,
    read_queue,
)
from job_service.admin.redrive_dead_letters import redrive_dead_letters
from job_service.jobs.ports import JobFilter
from job_service.jobs.requests import cancel_job
from job_service.jobs.views import JobView, list_jobs
from job_service.quotas.usage import read_usage
from job_service.routes.schemas.admin import (
    AllJobsQuery,
    JobChange,
    ProcessorAnswer,
    ProcessorList,
    QueueAnswer,
    RedriveAnswer,
    StatsAnswer,
    TaskAnswer,
    TaskList,
    TaskListQuery,
)
from job_service.routes.schemas.jobs import JobList
from job_service.routes.schemas.usage import UsageAnswer
from job_service.web.cursor import read_cursor, write_cursor
from job_service.web.documented import Answer, documented
from job_service.web.services import get_services

blueprint = Blueprint("admin", __name__, url_prefix="/api/admin")


@blueprint.get("/queue")
@documented(answers={200: QueueAnswer}, tag="admin", access="admin")
def get_queue() -> Answer:
    """Show how much is waiting, in the queue and in the database."""
    state = read_queue(get_services().admin)
    depth = asdict(state.depth) if state.depth else {"visible": None, "in_flight": None, "dead": None}
    return QueueAnswer.model_validate(depth | asdict(state.backlog))


@blueprint.get("/tasks")
@documented(answers={200: TaskList}, tag="admin", access="admin")
def get_tasks(query: TaskListQuery) -> Answer:
    """List tasks, newest first, with the counts of all tasks by status."""
    wanted = TaskFilter(
        status=query.status, kind=query.kind, job_id=query.job_id, processor_id=query.processor_id
    )
    page = list_tasks(get_services().admin, wanted, after=read_cursor(query.cursor), limit=query.limit)
    return TaskList(
        counts=dict(page.counts),
        items=[TaskAnswer.model_validate(asdict(task)) for task in page.items],
        next_cursor=write_cursor(page.next_start),
    )


@blueprint.get("/jobs")
@documented(answers={200: JobList}, tag="admin", access="admin")
def get_all_jobs(query: AllJobsQuery) -> Answer:
    """List the jobs of all users, newest first."""
    wanted = JobFilter(user_id=query.user_id, status=query.status, video_id=query.video_id)
    page = list_jobs(get_services().jobs, wanted, after=read_cursor(query.cursor), limit=query.limit)
    return JobList(items=page.items, next_cursor=write_cursor(page.next_start))


@blueprint.patch("/jobs/<job_id>")
@documented(answers={200: JobView}, errors=(404, 409), tag="admin", access="admin")
def patch_any_job(job_id: str, json: JobChange) -> Answer:
    """Change the priority of a waiting job. A message already in the queue keeps its place
    there."""
    return change_priority(get_services().jobs, job_id, priority=json.priority)


@blueprint.post("/jobs/<job_id>/cancel")
@documented(answers={202: JobView}, errors=(404, 409), tag="admin", access="admin")
def post_cancel_any_job(job_id: str) -> Answer:
    """Cancel any user's job. Its running work stops within seconds."""
    return cancel_job(get_services().jobs, job_id, user_id=None), 202


@blueprint.get("/processors")
@documented(answers={200: ProcessorList}, tag="admin", access="admin")
def get_processors() -> Answer:
    """List the processors of the last day, most recently seen first, and what keeps them from
    working."""
    seen = list_processors(get_services().admin)
    return ProcessorList(items=[ProcessorAnswer.model_validate(asdict(item)) for item in seen])


@blueprint.get("/stats")
@documented(answers={200: StatsAnswer}, tag="admin", access="admin")
def get_stats() -> Answer:
    """Show counts by status, what is stored, and the last 24 hours."""
    return StatsAnswer.model_validate(asdict(read_figures(get_services().admin)))


@blueprint.get("/usage")
@documented(answers={200: UsageAnswer}, tag="admin", access="admin")
def get_all_usage() -> Answer:
    """Show the usage of all users together, and the limits."""
    services = get_services()
    used = read_usage(services.database, user_id=None)
    streams = services.platform.settings.events_max_streams
    return UsageAnswer.build(used, quota=services.uploads.quotas.of_all, event_streams=streams)


@blueprint.post("/dead-letters/redrive")
@documented(answers={200: RedriveAnswer}, errors=(503,), tag="admin", access="admin")
def post_redrive() -> Answer:
    """Resend the tasks of the queue's dead letters, without waiting for the relay's next sweep."""
    return RedriveAnswer.model_validate(asdict(redrive_dead_letters(get_services().admin)))
