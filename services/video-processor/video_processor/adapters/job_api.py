"""job-service's internal task API over HTTP; routes and bodies are described in
videoforge.messages.

Each call is tried once here: how long to retry depends on the lease and is decided by the callers.
"""

import json
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
    AttemptFailure,
    AttemptProgress,
    AttemptResult,
    ClaimGrant,
    ClaimRequest,
    CompletionAnswer,
    FailureAnswer,
    LeaseAnswer,
    LeaseProof,
    Message,
    ProcessorReport,
    ReportAnswer,
    SegmentList,
    TaskLease,
    TaskMessage,
    WaitingFor,
)
from videoforge.problems import Code

log = get_logger("API")

#: A call must end well within the 5 s between two attempts of a heartbeat.
_TIMEOUT: Final = aiohttp.ClientTimeout(total=5, sock_connect=3)
#: The completion of a long film contains thousands of segments, and publishing is one transaction.
_COMPLETE_TIMEOUT: Final = aiohttp.ClientTimeout(total=15, sock_connect=3)
#: the answers of a proxy or of job-service while something behind it is down
_AWAY_STATUSES: Final = {429, 502, 503, 504}
#: the answers to an invalid message
_REFUSED_STATUSES: Final = {400, 413, 422}
_OVER_CODES: Final = {Code.task_not_found.name, Code.task_finished.name, Code.nothing_due.name}
_DEFAULT_RETRY_SECONDS: Final = 15.0
_PROOF: Final = set(LeaseProof.model_fields)
Answer = TypeVar("Answer", bound=BaseModel)


class HttpJobApi:
    """Implements the JobApi port. `headers` contain the service token."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        url: str,
        headers: Mapping[str, str],
        processor_id: str,
        measure_room: Callable[[], int | None] = lambda: None,
        list_held_videos: Callable[[], list[str]] = list,
    ) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._headers = dict(headers)
        self._processor_id = processor_id
        self._measure_room = measure_room
        self._list_held_videos = list_held_videos

    async def report(self, reasons: Sequence[str], *, waiting_for: WaitingFor | None) -> None:
        body = ProcessorReport(
            processor_id=self._processor_id,
            waiting_for=waiting_for,
            reasons=list(reasons),
            room_bytes=self._measure_room(),
        )
        status, answer = await self._post("processors", body.model_dump_json())
        _read(ReportAnswer, status, answer)

    async def claim(self, task: TaskMessage | None, *, claim_id: str) -> ClaimGrant:
        body = ClaimRequest(
            processor_id=self._processor_id,
            dispatch=task.dispatch if task else None,
            claim_id=claim_id,
            held_videos=self._list_held_videos(),
            room_bytes=self._measure_room(),
        )
        path = f"tasks/{task.task_id}/claim" if task else "light-tasks/claim"
        status, answer = await self._post(path, body.model_dump_json())
        if status in {404, 409}:
            code = str(answer.get("code", ""))
            wait = answer.get("retry_after_seconds")
            raise ClaimRefused(
                code,
                is_over=code in _OVER_CODES,
                retry_after_seconds=float(wait) if wait is not None else _DEFAULT_RETRY_SECONDS,
            )
        return _read(ClaimGrant, status, answer)

    async def heartbeat(self, lease: TaskLease) -> LeaseAnswer:
        return await self._write(LeaseAnswer, lease, "heartbeat", None)

    async def report_progress(self, lease: TaskLease, progress: AttemptProgress) -> LeaseAnswer:
        return await self._write(LeaseAnswer, lease, "progress", progress)

    async def list_segments(self, lease: TaskLease, segments: SegmentList) -> LeaseAnswer:
        return await self._write(LeaseAnswer, lease, "segments", segments)

    async def complete(self, lease: TaskLease, result: AttemptResult) -> None:
        await self._write(CompletionAnswer, lease, "complete", result, timeout=_COMPLETE_TIMEOUT)

    async def fail(self, lease: TaskLease, failure: AttemptFailure) -> FailureAnswer:
        return await self._write(FailureAnswer, lease, "fail", failure)

    async def _write(
        self,
        kind: type[Answer],
        lease: TaskLease,
        verb: str,
        content: Message | None,
        *,
        timeout: aiohttp.ClientTimeout = _TIMEOUT,
    ) -> Answer:
        """Post the content together with the proof of the lease. Raises LeaseLost,
        JobApiUnavailable."""
        body = lease.model_dump(include=_PROOF) | (content.model_dump(mode="json") if content else {})
        status, answer = await self._post(f"tasks/{lease.task_id}/{verb}", json.dumps(body), timeout=timeout)
        if status in {404, 409}:
            raise LeaseLost(f"{verb}: {answer.get('code')}")
        return _read(kind, status, answer)

    async def _post(
        self, path: str, body: str, *, timeout: aiohttp.ClientTimeout = _TIMEOUT
    ) -> tuple[int, Mapping[str, Any]]:
        """Return status and JSON body. Raises JobApiUnavailable for anything that a retry may
        solve."""
        url, verb = f"{self._url}/internal/{path}", path.rpartition("/")[2]
        headers = {**self._headers, "Content-Type": "application/json"}
        try:
            async with self._session.post(
                url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                if answer.status in _AWAY_STATUSES:
                    raise JobApiUnavailable(f"{verb}: {answer.status}")
                if answer.status >= 500:
                    raise JobApiFaulty(f"{verb}: {answer.status}")
                return answer.status, await answer.json(content_type=None) or {}
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise JobApiUnavailable(f"{verb}: {type(error).__name__}") from error


def _read(kind: type[Answer], status: int, answer: Mapping[str, Any]) -> Answer:
    """Return the answer as its message. A refusal such as 401 or 422 is an error of this
    installation (wrong token, mismatched versions); it is logged as such, and may be fixed while
    retries continue."""
    if status != 200:
        log.error("job-service refused a request", status=status, error_code=answer.get("code"))
        reason = f"{status} {answer.get('code')}"
        raise JobApiRefused(reason) if status in _REFUSED_STATUSES else JobApiUnavailable(reason)
    try:
        return kind.model_validate(answer)
    except ValidationError as error:
        log.error("job-service sent an answer in an unknown format", faults=error.error_count())
        raise JobApiFaulty("the answer has an unknown format") from error
