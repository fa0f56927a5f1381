"""Errors on the wire: RFC 9457 `application/problem+json` with a stable `code`.

    {type, title, status, detail, code, retryable, hint?, errors?[{field, message}], request_id}

A Problem says who can fix it: the caller (4xx, not retryable), a dependency (503 and 429,
retryable) or us (500). Routes raise it; one handler per service turns it into an answer.
"""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

CONTENT_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "/api/docs/problems#"


class Problem(Exception):
    """An error answer.

    `code` is stable snake_case, `detail` one plain sentence, and `hint` says what to do about it.
    `errors` names single fields. `extra` adds members to the body, `headers` to the answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        hint: str | None = None,
        retryable: bool = False,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        if not re.fullmatch(r"[a-z0-9_]+", code):
            raise ValueError(f"problem code {code!r} is not snake_case")
        self.status = status
        self.code = code
        self.detail = detail
        self.hint = hint
        self.retryable = retryable
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def to_dict(self, *, request_id: str) -> dict[str, Any]:
        """Return the JSON body."""
        body: dict[str, Any] = {
            "type": TYPE_PREFIX + self.code,
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "retryable": self.retryable,
            "request_id": request_id,
        }
        if self.hint:
            body["hint"] = self.hint
        if self.errors:
            body["errors"] = self.errors
        return body | self.extra


def not_found(thing: str) -> Problem:
    """Return the 404 that another user's id and an unknown id share, word for word."""
    return Problem(404, f"{thing}_not_found", f"There is no such {thing.replace('_', ' ')}.")


def unavailable(dependency: str, *, retry_after_seconds: int = 5) -> Problem:
    """Return the 503 for a dependency that is down."""
    return Problem(
        503,
        f"{dependency}_unavailable",
        f"The {dependency.replace('_', ' ')} does not answer at the moment.",
        hint="Nothing was changed. Try again in a moment.",
        retryable=True,
        headers={"Retry-After": str(retry_after_seconds)},
    )
