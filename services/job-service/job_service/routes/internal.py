"""The task API for processors, `/internal/tasks/{id}/…`, `/internal/light-tasks` and
`/internal/processors`: a service token grants access, writes need a lease token.

It is not in the public document, and the edge does not route to it. Bodies and answers are those of
videoforge.messages.
"""

from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, request
from pydantic import BaseModel, ValidationError

from job_service.platform.metrics import FIRST_PLAYABLE_SECONDS, QUEUE_SECONDS, TASKS
from job_service.tasks.claim_task import Claimed, claim_light_task, claim_task
from job_service.tasks.complete_task import complete_task
from job_service.tasks.fail_task import fail_task
from job_service.tasks.lease import heartbeat_task
from job_service.tasks.list_segments import list_segments
from job_service.tasks.reports import report_progress, take_processor_report
from job_service.web.services import get_services
from videoforge.logs import bind_context
from videoforge.messages import (
    ClaimRequest,
    CompletionAnswer,
    FailureAnswer,
    LeaseProof,
    ProcessorReport,
    ProgressReport,
    ReportAnswer,
    SegmentReport,
    TaskCompletion,
    TaskFailure,
)
from videoforge.problems import Code, Problem
from videoforge.service_tokens import HEADER
from videoforge_web.validation import describe_faults

blueprint = Blueprint("internal", __name__, url_prefix="/internal")

Body = TypeVar("Body", bound=BaseModel)


@blueprint.before_request
def _check_service_token() -> None:
    if not get_services().platform.service_tokens.is_accepted(request.headers.get(HEADER)):
        raise Problem(Code.service_token_needed)
    bind_context(task_id=(request.view_args or {}).get("task_id"))


@blueprint.post("/processors")
def report() -> Response:
    take_processor_report(get_services().jobs, _read(ProcessorReport))
    return _answer(ReportAnswer())


@blueprint.post("/tasks/<task_id>/claim")
def claim(task_id: str) -> Response:
    services = get_services()
    body = _read(ClaimRequest)
    seconds = services.platform.settings.lease_seconds
    return _answer_claim(claim_task(services.jobs, task_id, body, lease_seconds=seconds))


@blueprint.post("/light-tasks/claim")
def claim_light() -> Response:
    services = get_services()
    seconds = services.platform.settings.lease_seconds
    return _answer_claim(claim_light_task(services.jobs, _read(ClaimRequest), lease_seconds=seconds))


def _answer_claim(claimed: Claimed) -> Response:
    if claimed.queue_seconds is not None:
        QUEUE_SECONDS.observe(claimed.queue_seconds)
    return _answer(claimed.grant)


@blueprint.post("/tasks/<task_id>/heartbeat")
def heartbeat(task_id: str) -> Response:
    services = get_services()
    seconds = services.platform.settings.lease_seconds
    return _answer(heartbeat_task(services.jobs, task_id, _read(LeaseProof), lease_seconds=seconds))


@blueprint.post("/tasks/<task_id>/progress")
def progress(task_id: str) -> Response:
    return _answer(report_progress(get_services().jobs, task_id, _read(ProgressReport)))


@blueprint.post("/tasks/<task_id>/segments")
def segments(task_id: str) -> Response:
    listed = list_segments(get_services().jobs, task_id, _read(SegmentReport))
    _observe_first(listed.first_seconds)
    return _answer(listed.answer)


@blueprint.post("/tasks/<task_id>/complete")
def complete(task_id: str) -> Response:
    completed = complete_task(get_services().jobs, task_id, _read(TaskCompletion))
    if not completed.is_repeat:
        TASKS.labels(completed.kind, "done").inc()
    _observe_first(completed.first_seconds)
    return _answer(CompletionAnswer(job_status=completed.job_status))


@blueprint.post("/tasks/<task_id>/fail")
def fail(task_id: str) -> Response:
    body = _read(TaskFailure)
    failed = fail_task(get_services().jobs, task_id, body)
    if not failed.is_repeat:
        TASKS.labels(failed.kind, body.kind).inc()
    return _answer(FailureAnswer(will_retry=failed.will_retry))


def _observe_first(seconds: float | None) -> None:
    if seconds is not None:
        FIRST_PLAYABLE_SECONDS.observe(seconds)


def _read(model: type[Body]) -> Body:
    body: Any = request.get_json(silent=True) or {}
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise Problem(
            Code.validation_failed,
            detail="The message does not match its model.",
            errors=describe_faults(error),
        ) from error


def _answer(model: BaseModel) -> Response:
    return jsonify(model.model_dump(mode="json"))
