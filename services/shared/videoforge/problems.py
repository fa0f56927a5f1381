"""Errors on the wire: RFC 9457 `application/problem+json` with a stable `code`.

    {type, title, status, detail, code, retryable, hint, errors?[{field, message}], request_id}

A Problem is raised by its code from the table in problem_codes.py:

    Problem
    ├── 4xx  the caller or the file is at fault; trying again changes nothing
    ├── 429, 503  a limit or a dependency; nothing was changed, try again, unless it is not `retryable`
    └── 500  our own bug; logged with its request id

One handler per service turns it into an answer.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from videoforge.problem_codes import Code

__all__ = ["CONTENT_TYPE", "TYPE_PREFIX", "Code", "Problem"]

CONTENT_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "/api/docs/problems#"
#: RFC 9110, section 15.5.2, requires a challenge with every 401.
_CHALLENGE: Final = 'Bearer realm="videoforge"'


class Problem(Exception):
    """An error answer: its code's row, with `values` filled into the detail.

    `detail` and `hint` are for a place that knows more than the row, `status` for a framework's
    refusal that brings its own. `errors` names single fields. `extra` adds members to the body.
    """

    def __init__(
        self,
        code: Code,
        *,
        detail: str | None = None,
        hint: str | None = None,
        status: int | None = None,
        errors: Sequence[Mapping[str, str]] = (),
        retry_after_seconds: int | None = None,
        extra: Mapping[str, Any] | None = None,
        **values: object,
    ) -> None:
        row = code.value
        self.status = status or row.status or HTTPStatus.INTERNAL_SERVER_ERROR.value
        self.code = code.name
        self.detail = row.detail.format(**values) if detail is None else detail
        self.hint = hint or row.hint
        self.retryable = row.is_retryable
        self.errors = list(errors)
        self.retry_after_seconds = retry_after_seconds or row.retry_after_seconds
        self.extra = dict(extra or {})
        super().__init__(f"{self.status} {self.code}: {self.detail}")

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that belong to the answer."""
        wait = {"Retry-After": str(self.retry_after_seconds)} if self.retry_after_seconds else {}
        return wait | ({"WWW-Authenticate": _CHALLENGE} if self.status == HTTPStatus.UNAUTHORIZED else {})

    def to_dict(self, *, request_id: str) -> dict[str, Any]:
        """Return the JSON body."""
        body: dict[str, Any] = {
            "type": TYPE_PREFIX + self.code,
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "retryable": self.retryable,
            "hint": self.hint,
            "request_id": request_id,
        }
        if self.errors:
            body["errors"] = self.errors
        return body | self.extra
