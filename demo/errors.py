"""Errors that end the demo: one plain sentence on the screen and a non-zero exit code.

DemoError
└── ApiError    the API answered with a problem (RFC 9457)
"""

from typing import Any


class DemoError(Exception):
    """Something is wrong; the text is a sentence for the person at the screen."""


class ApiError(DemoError):
    """The API answered with a problem (RFC 9457). `code` is stable, `status` the HTTP status."""

    def __init__(self, problem: dict[str, Any], *, status: int) -> None:
        self.status = status
        self.code = str(problem.get("code", "unknown"))
        self.detail = str(problem.get("detail", f"The server answered with status {status}."))
        self.hint = str(problem.get("hint") or "")
        self.errors = list(problem.get("errors") or [])
        super().__init__(self._say())

    def _say(self) -> str:
        fields = "; ".join(f"{error['field']}: {error['message']}" for error in self.errors)
        parts = [self.detail, fields, self.hint, f"({self.status} {self.code})"]
        return " ".join(part for part in parts if part)
