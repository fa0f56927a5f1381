"""What ends the demo: one plain sentence on the screen, and an exit code that is not 0."""

from typing import Any


class DemoFault(Exception):
    """Something is not as it should be; the text is a sentence for the person at the screen."""


class ApiRefused(DemoFault):
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
