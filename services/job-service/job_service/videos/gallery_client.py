"""gallery-service over HTTP: its public routes, for the proxy, and the internal ones of
videoforge.gallery.

Every call carries the service token and the request id, and the user's access token if a user is
behind it. Nothing else of the browser's request is passed on, so there are no hop-by-hop headers to
drop. Budget: three attempts within 2.8 s, so that our caller gets an answer within 3 s; a circuit
breaker keeps a dead gallery from blocking the threads.
"""

import re
import time
from collections.abc import Mapping
from typing import Any, Final, Literal
from urllib.parse import quote

import requests
import structlog
from pydantic import ValidationError
from requests.adapters import HTTPAdapter
from tenacity import (
    RetryError,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from job_service.auth.caller import Caller
from job_service.videos.gallery import Answer, PublicMethod
from videoforge.gallery import (
    GalleryPublication,
    GalleryStatusChange,
    GalleryTrashChanges,
    GalleryVideo,
    GalleryVideoDraft,
)
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem
from videoforge.service_tokens import ServiceTokens
from videoforge_clients.circuit import Circuit

BUDGET_SECONDS: Final = 2.8
_CONNECT_SECONDS: Final = 1.0
_READ_SECONDS: Final = 2.6
_TRIES: Final = 3
#: The gallery is reachable but cannot answer: its database is down, or it is starting or stopping.
_DOWN: Final = frozenset({500, 502, 503, 504})
#: Dots in a path could reach the internal routes, which our service token opens.
_PUBLIC_PATH: Final = re.compile(r"/[a-z-]+(?:/[0-9a-f-]+|/visibility)?")
#: Refusals caused by us, which the user cannot fix.
_OUR_FAULTS: Final = frozenset({Code.service_token_refused.name})
#: Members of a problem that Problem writes itself.
_OWN_MEMBERS: Final = frozenset({"type", "title", "status", "detail", "code", "retryable", "request_id"})

_Method = PublicMethod | Literal["DELETE"]

_log = get_logger("API")


class _NoAnswer(Exception):
    """An attempt failed in a way that a retry may cure."""


class GalleryClient:
    """Thread-safe: the connection pool of requests is, and the session's headers never change."""

    def __init__(self, url: str, *, tokens: ServiceTokens, public_prefix: str = "/api/gallery") -> None:
        self._url = url.rstrip("/")
        self._public_prefix = public_prefix
        self._session = requests.Session()
        self._session.trust_env = False  # the machine's proxy is not for our own services
        self._session.mount("http://", HTTPAdapter(pool_maxsize=32))
        self._session.mount("https://", HTTPAdapter(pool_maxsize=32))
        self._tokens = tokens
        self._circuit = Circuit()

    def forward(
        self,
        method: PublicMethod,
        path: str,
        *,
        answer: type[Answer],
        caller: Caller | None,
        query: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> Answer:
        if not _PUBLIC_PATH.fullmatch(path):
            raise ValueError(f"{path!r} is not a public route of the gallery")
        content = self._call(method, self._public_prefix + path, caller=caller, query=query, json=json)
        return _parse(answer, content, method=method)

    def create_video(self, draft: GalleryVideoDraft, *, caller: Caller) -> GalleryVideo:
        body = draft.model_dump(mode="json")
        content = self._call("POST", "/internal/videos", caller=caller, json=body)
        return _parse(GalleryVideo, content, method="POST")

    def find_video(self, video_id: str) -> GalleryVideo | None:
        try:
            return _parse(GalleryVideo, self._call("GET", _build_path(video_id)), method="GET")
        except Problem as problem:
            if problem.status == 404:
                return None
            raise

    def publish(self, publication: GalleryPublication, *, video_id: str) -> None:
        body = publication.model_dump(mode="json")
        self._call("POST", _build_path(video_id, "publish"), json=body)

    def change_status(self, change: GalleryStatusChange, *, video_id: str) -> None:
        self._call("POST", _build_path(video_id, "status"), json=change.model_dump(mode="json"))

    def change_trash(self, changes: GalleryTrashChanges) -> None:
        self._call("POST", "/internal/videos/trash", json=changes.model_dump(mode="json"))

    def count_view(self, video_id: str) -> None:
        """Not retried: a view whose answer was lost must not count twice."""
        self._call("POST", _build_path(video_id, "views"), is_idempotent=False)

    def delete_video(self, video_id: str) -> None:
        self._call("DELETE", _build_path(video_id))

    def close(self) -> None:
        """Close the pooled connections; a process normally keeps them until it ends."""
        self._session.close()

    def check(self) -> None:
        """Raise Problem 503 unless the gallery is ready."""
        self._call("GET", "/ready")

    def _call(
        self,
        method: _Method,
        path: str,
        *,
        caller: Caller | None = None,
        query: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
        is_idempotent: bool = True,
    ) -> bytes:
        if not self._circuit.may_try():
            raise Problem(Code.gallery_unavailable)
        request = requests.Request(
            method, self._url + path, params=query, json=json, headers=self._build_headers(caller)
        )
        try:
            response = self._send(request.prepare(), tries=_TRIES if is_idempotent else 1)
        except RetryError as error:
            self._circuit.note_failure()
            _log.warning("gallery does not answer", error=str(error.last_attempt.exception()))
            raise _no_answer(method) from error
        self._circuit.note_success()
        return _read(response)

    def _send(self, request: requests.PreparedRequest, *, tries: int) -> requests.Response:
        began = time.monotonic()
        retrying = Retrying(
            stop=stop_after_attempt(tries) | stop_after_delay(BUDGET_SECONDS - 1),
            wait=wait_random_exponential(multiplier=0.1, max=0.5),
            retry=retry_if_exception_type(_NoAnswer),
        )
        return retrying(self._send_once, request, ends_at=began + BUDGET_SECONDS)

    def _send_once(self, request: requests.PreparedRequest, *, ends_at: float) -> requests.Response:
        remaining = max(0.1, ends_at - time.monotonic())
        budget = (min(_CONNECT_SECONDS, remaining), min(_READ_SECONDS, remaining))
        try:
            response = self._session.send(request, timeout=budget, allow_redirects=False)
        except requests.RequestException as error:
            raise _NoAnswer(type(error).__name__) from error
        if response.status_code in _DOWN:
            raise _NoAnswer(f"status {response.status_code}")
        return response

    def _build_headers(self, caller: Caller | None) -> dict[str, str]:
        headers = {"Accept": "application/json", **self._tokens.build_headers()}
        request_id = structlog.contextvars.get_contextvars().get("request_id")
        if request_id:
            headers["X-Request-Id"] = str(request_id)
        if caller:
            headers["Authorization"] = f"Bearer {caller.access_token}"
        return headers


def _no_answer(method: _Method) -> Problem:
    """A change may have been made although no answer arrived: it was lost, or came too late."""
    if method == "GET":
        return Problem(Code.gallery_unavailable)
    hint = "The change may have been made anyway. Try again in a moment; it is not made twice."
    return Problem(Code.gallery_unavailable, hint=hint)


def _build_path(video_id: str, action: str = "") -> str:
    return f"/internal/videos/{quote(video_id, safe='')}" + (f"/{action}" if action else "")


def _parse(model: type[Answer], content: bytes, *, method: _Method) -> Answer:
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        _log.error(
            "gallery's answer has an unexpected shape", model=model.__name__, faults=error.error_count()
        )
        raise _no_answer(method) from error


def _read(response: requests.Response) -> bytes:
    """Return the content of a successful answer; raise the gallery's problem as ours, under our own
    request id."""
    if response.status_code < 300:
        return response.content
    try:
        body = response.json() if response.content else None
    except requests.JSONDecodeError:
        body = None
    body = body if isinstance(body, dict) else {}
    code = body.get("code")
    if not isinstance(code, str) or code not in Code.__members__ or code in _OUR_FAULTS:
        _log.error("gallery refused job-service itself", status=response.status_code, problem=code)
        raise Problem(Code.gallery_unavailable)
    raise Problem(
        Code[code],
        status=response.status_code,
        detail=str(body.get("detail", "")),
        extra={name: value for name, value in body.items() if name not in _OWN_MEMBERS},
    )
