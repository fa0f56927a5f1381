"""job-service's task routes over HTTP, as described in videoforge.messages, backed by the fake."""

import json
from typing import Final

from aiohttp import web

from video_processor.errors import ClaimRefused, JobApiUnavailable, LeaseLost
from video_processor.testing.job_api import MemoryJobApi
from videoforge.messages import (
    AttemptFailure,
    AttemptProgress,
    AttemptResult,
    ClaimRequest,
    LeaseProof,
    ProcessorReport,
    ProgressReport,
    ReportAnswer,
    SegmentList,
    SegmentReport,
    TaskCompletion,
    TaskFailure,
    TaskLease,
    TaskMessage,
)
from videoforge.service_tokens import HEADER

SERVICE_TOKEN: Final = "t" * 32


def build_server(memory: MemoryJobApi) -> web.Application:
    """job-service's seven routes as described in messages.py."""

    async def answer(request: web.Request) -> web.Response:
        if request.headers.get(HEADER) != SERVICE_TOKEN:
            return web.json_response({"code": "service_token_invalid"}, status=401)
        task_id, body = request.match_info.get("id"), await request.text()
        verb = request.match_info.get("verb", "claim")
        try:
            return web.json_response(text=await act(task_id, verb, body))
        except ClaimRefused as refusal:
            status = 404 if refusal.code == "task_not_found" else 409
            problem = {"code": refusal.code, "retry_after_seconds": refusal.retry_after_seconds}
            return web.json_response(problem, status=status)
        except LeaseLost:
            return web.json_response({"code": "lease_lost"}, status=409)
        except JobApiUnavailable:
            return web.json_response({"code": "database_unavailable"}, status=503)

    async def take_report(request: web.Request) -> web.Response:
        report = ProcessorReport.model_validate_json(await request.text())
        try:
            await memory.report(report.reasons, waiting_for=report.waiting_for)
        except JobApiUnavailable:
            return web.json_response({"code": "database_unavailable"}, status=503)
        return web.json_response(text=ReportAnswer().model_dump_json())

    async def act(task_id: str | None, verb: str, body: str) -> str:
        if verb == "claim":
            request = ClaimRequest.model_validate_json(body)
            named = TaskMessage(task_id=task_id, dispatch=request.dispatch or 0) if task_id else None
            return (await memory.claim(named, claim_id=request.claim_id or "")).model_dump_json()
        content = json.loads(body)
        proof = {name: content.pop(name) for name in LeaseProof.model_fields}
        lease = TaskLease(task_id=task_id or "", **proof)
        if verb == "heartbeat":
            LeaseProof.model_validate_json(body)
            return (await memory.heartbeat(lease)).model_dump_json()
        if verb == "progress":
            ProgressReport.model_validate_json(body)
            progress = AttemptProgress.model_validate(content)
            return (await memory.report_progress(lease, progress)).model_dump_json()
        if verb == "segments":
            SegmentReport.model_validate_json(body)
            segments = SegmentList.model_validate(content)
            return (await memory.list_segments(lease, segments)).model_dump_json()
        if verb == "complete":
            TaskCompletion.model_validate_json(body)
            await memory.complete(lease, AttemptResult.model_validate(content))
            return '{"job_status": "processing"}'
        TaskFailure.model_validate_json(body)
        return (await memory.fail(lease, AttemptFailure.model_validate(content))).model_dump_json()

    application = web.Application()
    application.router.add_post("/internal/tasks/{id}/{verb}", answer)
    application.router.add_post("/internal/light-tasks/claim", answer)
    application.router.add_post("/internal/processors", take_report)
    return application
