"""One decorator that validates a request against its models and adds the route to the OpenAPI
document.

A view takes what it declares by name: `json` (the body) and `query`, as pydantic models.

    @blueprint.post("/jobs")
    @documented(answers={202: Job}, errors=(404, 409), tag="jobs", access="user")
    def create_job(json: CreateJob) -> Answer: ...
"""

import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict
from functools import partial, wraps
from http import HTTPStatus
from typing import Any, Final, TypeVar, cast

from flask import Request, Response, current_app, request
from pydantic import BaseModel, ValidationError
from spectree import Response as SpecResponse
from spectree import SecurityScheme, SpecTree
from spectree.models import InType, SecureType, SecuritySchemeData

from job_service.auth.password import MIN_CHARACTERS, SIGNS
from job_service.uploads.upload import OTHER_CONTENT_TYPES
from job_service.web.current_user import Access, check_access
from videoforge.formats import FORMATS
from videoforge.logs import get_logger
from videoforge.problem_codes import BETWEEN_SERVICES
from videoforge.problems import CONTENT_TYPE, Code, Problem
from videoforge_web.validation import describe_faults

View = TypeVar("View", bound=Callable[..., Any])
#: What a view returns: a model, a model and a status, or a Flask response.
Answer = Any

_log = get_logger("API")

#: Paths that no limit counts (web/limits.py).
UNCOUNTED: Final = ("/api/health", "/api/ready")
BEARER: Final = "bearer"
SESSION: Final = "session"
#: The attribute of a view that says who may use it; `wraps` copies it to the decorators around the
#: view.
_ACCESS: Final = "videoforge_access"


class FieldError(BaseModel):
    field: str
    message: str


class ProblemBody(BaseModel):
    """RFC 9457 problem details. `code` is stable; `hint` says what to do about it."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    retryable: bool
    hint: str | None = None
    errors: list[FieldError] | None = None
    request_id: str


def check_sign_in() -> None:
    """Require the sign-in that the request's route declares. Raises Problem 401 or 403."""
    view = current_app.view_functions.get(request.endpoint or "")
    check_access(getattr(view, _ACCESS, "public"))


def _refuse_bad_request(
    _request: Request, _response: Response, error: Exception | None, _instance: Any, _adapter: Any
) -> None:
    """Authorise before validating, so that unauthorised callers see no schema."""
    check_sign_in()
    if isinstance(error, ValidationError):
        raise Problem(Code.validation_failed, errors=describe_faults(error))


def _hide_invalid_answer(
    _request: Request, _response: Response, error: Exception | None, _instance: Any, _adapter: Any
) -> None:
    """An answer that violates its own model is our bug; its content is not exposed."""
    if isinstance(error, ValidationError):
        _log.error("response does not match its model", faults=describe_faults(error))
        raise Problem(Code.internal_error)


spec = SpecTree(
    "flask",
    title="VideoForge",
    description="Upload a video, get it back in every size. Errors are RFC 9457 problems with a `code`; "
    "/api/docs/problems says what to do about each.",
    version="0.1.0",
    openapi_version="3.1.0",
    mode="strict",
    path="api/docs",
    filename="openapi.json",
    before=_refuse_bad_request,
    after=_hide_invalid_answer,
    validation_error_model=ProblemBody,
    naming_strategy=lambda model: re.sub(r"\W", "_", model.__name__),
    nested_naming_strategy=lambda _parent, child: re.sub(r"\W", "_", child),
    security_schemes=[
        SecurityScheme(
            name=BEARER,
            data=SecuritySchemeData(type=SecureType.HTTP, scheme="bearer", bearer_format="JWT"),
        ),
        SecurityScheme(
            name=SESSION,
            data=SecuritySchemeData(
                type=SecureType.API_KEY, field_in=InType.COOKIE, name="videoforge_session"
            ),
        ),
    ],
)

_SECURITY: Final[Mapping[Access, Any]] = {
    "public": [],
    "user": [{BEARER: []}, {SESSION: []}],
    "admin": [{BEARER: []}, {SESSION: []}],
    "optional": [{}, {BEARER: []}, {SESSION: []}],
}


def documented(
    *,
    answers: Mapping[int, type[BaseModel] | None],
    tag: str,
    access: Access,
    errors: Sequence[int] = (),
    headers: type[BaseModel] | None = None,
    is_stream: bool = False,
) -> Callable[[View], View]:
    """Return the decorator. `errors` are the view's own; anything refused before or around the view
    is documented by build_document. A stream is only added to the document, not validated: to
    validate an answer, SpecTree reads it to the end."""
    models: dict[str, Any] = {f"HTTP_{status}": model for status, model in answers.items()}
    models |= {f"HTTP_{status}": ProblemBody for status in sorted({*errors, 422})}
    validate: Callable[[View], View] = spec.validate(
        headers=headers, resp=SpecResponse(**models), tags=(tag,), security=_SECURITY[access]
    )
    return partial(_guard, partial(_describe, validate) if is_stream else validate, access=access)


def _guard(decorate: Callable[[View], View], view: View, *, access: Access) -> View:
    decorated = decorate(view)
    setattr(decorated, _ACCESS, access)
    return decorated


def _describe(validate: Callable[[View], View], view: View) -> View:
    """Add the view to the document without changing its behaviour: SpecTree finds the description
    of whatever a function wraps."""

    @wraps(validate(view))
    def run(*args: Any, **values: Any) -> Any:
        return view(*args, **values)

    return cast(View, run)


def build_document() -> dict[str, Any]:
    """Return the OpenAPI document: for each operation all of its answers, including those of the
    checks before its view; problems get their own media type, which SpecTree has no setting for."""
    document: dict[str, Any] = deepcopy(spec.spec)
    document["x-formats"] = [asdict(form) for form in reversed(FORMATS)]
    document["x-passwords"] = {"min_characters": MIN_CHARACTERS, "signs": "".join(sorted(SIGNS))}
    document["x-upload-types"] = ["video/*", *OTHER_CONTENT_TYPES]
    document["x-problems"] = {
        code.name: {"status": row.status, "title": row.summary, "hint": row.web_hint}
        for code in Code
        if (row := code.value).group != BETWEEN_SERVICES
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            responses = operation["responses"]
            problem = responses.pop("422")
            for status, response in responses.items():
                content = response.get("content", {})
                if int(status) >= 400 and content == problem["content"]:
                    response["content"] = {CONTENT_TYPE: content["application/json"]}
            for status in _list_gate_refusals(path, method, operation):
                answer = responses.setdefault(str(status), {"description": _PHRASES[status]})
                answer.setdefault("content", {})[CONTENT_TYPE] = problem["content"]["application/json"]
            operation["responses"] = dict(sorted(responses.items()))
            _make_body_optional(operation, schemas=document["components"]["schemas"])
    return document


def _make_body_optional(operation: dict[str, Any], *, schemas: Mapping[str, Any]) -> None:
    """A body without required fields may be omitted, but SpecTree marks every body as required."""
    body = operation.get("requestBody")
    if body:
        name = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        body["required"] = bool(schemas[name].get("required"))


_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus} | {
    413: "Content Too Large",  # RFC 9110's name, which Python's table has from 3.13 on
    414: "URI Too Long",
    422: "Unprocessable Content",
}


def _list_gate_refusals(path: str, method: str, operation: Mapping[str, Any]) -> set[int]:
    """Return the statuses that an operation can answer before its view runs."""
    security = operation.get("security", [])
    # a request line or a header that is too long; a service, or a dependency of it, that is down
    statuses = {414, 431, 503}
    if path not in UNCOUNTED:
        statuses.add(429)
    if method in {"post", "put", "patch"}:
        statuses |= {400, 413, 415, 422}
    if any(item["in"] == "query" for item in operation.get("parameters", ())):
        statuses.add(422)
    if security:
        statuses.add(401)  # even where sign-in is optional: a bad session is an error
    if security and (method != "get" or path.startswith("/api/admin/")):
        statuses.add(403)  # a browser's change from another site's page; not an administrator
    return statuses
