"""job-service's internal task API over HTTP; the routes and bodies are in videoforge.messages.

One try per call here: how long to go on trying depends on the lease, and is decided in lease.py.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import aiohttp
from pydantic import BaseModel, ValidationError

from video_processor.errors import (
    ClaimRefused,
    JobApiFaulty,
    JobApiRefused,
    JobApiUnavailable,
    LeaseLost,
)
from videoforge.logs import get_logger
from videoforge.messages import (
    ClaimGrant,
    ClaimRequest,
    CompletionAnswer,
    FailureAnswer,
    LeaseAnswer,
    LeaseProof,
    ProcessorReport,
    ProgressReport,
    ReportAnswer,
    TaskCompletion,
    TaskFailure,
    TaskMessage,
    WaitingFor,
)

log = get_logger("API")

#: A call must end well within the 5 s between two tries of a heartbeat.
_TIMEOUT: Final = aiohttp.ClientTimeout(total=5, sock_connect=3)
#: A completion of a long film carries thousands of segments, and publishing is one transaction.
_COMPLETE_TIMEOUT: Final = aiohttp.ClientTimeout(total=15, sock_connect=3)
#: what a proxy or job-service says while something behind it is away
_AWAY_STATUSES: Final = {429, 502, 503, 504}
#: what it says of the message itself
_REFUSED_STATUSES: Final = {400, 413, 422}
_OVER_CODES: Final = {"task_not_found", "task_finished"}
_DEFAULT_RETRY_SECONDS: Final = 15.0
Answer = TypeVar("Answer", bound=BaseModel)


class HttpJobApi:
    """Meets the JobApi port. `headers` hold the service token."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        url: str,
        headers: Mapping[str, str],
        processor_id: str,
        measure_room: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._headers = dict(headers)
        self._processor_id = processor_id
        self._measure_room = measure_room

    async def report(self, reasons: Sequence[str], *, waiting_for: WaitingFor | None) -> None:
        body = ProcessorReport(
            processor_id=self._processor_id,
            waiting_for=waiting_for,
            reasons=list(reasons),
            room_bytes=self._measure_room(),
        )
        status, answer = await self._post("processors", body)
        _read(ReportAnswer, status, answer)

    async def claim(self, task: TaskMessage, *, claim_id: str) -> ClaimGrant:
        body = ClaimRequest(
            processor_id=self._processor_id,
            dispatch=task.dispatch,
            claim_id=claim_id,
            room_bytes=self._measure_room(),
        )
        status, answer = await self._post(f"tasks/{task.task_id}/claim", body)
        if status in {404, 409}:
            code = str(answer.get("code", ""))
            wait = answer.get("retry_after_seconds")
            raise ClaimRefused(
                code,
                is_over=code in _OVER_CODES,
                retry_after_seconds=float(wait) if wait is not None else _DEFAULT_RETRY_SECONDS,
            )
        return _read(ClaimGrant, status, answer)

    async def heartbeat(self, grant: ClaimGrant) -> LeaseAnswer:
        proof = LeaseProof(attempt=grant.attempt, lease_token=grant.lease_token)
        return await self._write(LeaseAnswer, grant.task_id, "heartbeat", proof)

    async def report_progress(self, task_id: str, report: ProgressReport) -> LeaseAnswer:
        return await self._write(LeaseAnswer, task_id, "progress", report)

    async def complete(self, task_id: str, completion: TaskCompletion) -> None:
        await self._write(CompletionAnswer, task_id, "complete", completion, timeout=_COMPLETE_TIMEOUT)

    async def fail(self, task_id: str, failure: TaskFailure) -> FailureAnswer:
        return await self._write(FailureAnswer, task_id, "fail", failure)

    async def _write(
        self,
        kind: type[Answer],
        task_id: str,
        verb: str,
        body: BaseModel,
        *,
        timeout: aiohttp.ClientTimeout = _TIMEOUT,
    ) -> Answer:
        status, answer = await self._post(f"tasks/{task_id}/{verb}", body, timeout=timeout)
        if status in {404, 409}:
            raise LeaseLost(f"{verb}: {answer.get('code')}")
        return _read(kind, status, answer)

    async def _post(
        self, path: str, body: BaseModel, *, timeout: aiohttp.ClientTimeout = _TIMEOUT
    ) -> tuple[int, Mapping[str, Any]]:
        """Return status and JSON body. Raises JobApiUnavailable for anything that may be better later."""
        url, verb = f"{self._url}/internal/{path}", path.rpartition("/")[2]
        headers = {**self._headers, "Content-Type": "application/json"}
        try:
            async with self._session.post(
                url, data=body.model_dump_json(), headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                if answer.status in _AWAY_STATUSES:
                    raise JobApiUnavailable(f"{verb}: {answer.status}")
                if answer.status >= 500:
                    raise JobApiFaulty(f"{verb}: {answer.status}")
                return answer.status, await answer.json(content_type=None) or {}
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise JobApiUnavailable(f"{verb}: {type(error).__name__}") from error


def _read(kind: type[Answer], status: int, answer: Mapping[str, Any]) -> Answer:
    """Return the answer as its message. A refusal such as 401 or 422 is a fault of this installation
    (wrong token, two versions); it is logged as such and may be mended while we go on trying."""
    if status != 200:
        log.error("job-service refuses our request", status=status, error_code=answer.get("code"))
        said = f"{status} {answer.get('code')}"
        raise JobApiRefused(said) if status in _REFUSED_STATUSES else JobApiUnavailable(said)
    try:
        return kind.model_validate(answer)
    except ValidationError as error:
        log.error("job-service answers in another shape", faults=error.error_count())
        raise JobApiFaulty("the answer has another shape") from error
