"""How long a server waits for a client, how much it keeps, and its answer to a client that exceeds this."""

import json
from dataclasses import dataclass
from typing import Final

from videoforge.problems import CONTENT_TYPE, Code, Problem

LATE: Final = Problem(Code.request_timeout)
TOO_LARGE: Final = Problem(Code.body_too_large)
TOO_MANY: Final = Problem(Code.too_many_requests_at_once)


@dataclass(frozen=True)
class ServerLimits:
    """Limits of one server; seconds count from the connection, on a kept connection from the first
    byte of the next request. `max_queued` complete requests of one network may wait for a thread;
    the next is refused."""

    max_body_bytes: int
    max_kept_bytes: int = 1024 * 1024
    head_seconds: float = 10.0
    request_seconds: float = 30.0
    flush_seconds: float = 120.0
    max_queued: int = 64


def render_refusal(problem: Problem, *, request_id: str) -> bytes:
    """Return the whole answer as bytes; the connection ends with it."""
    body = json.dumps(problem.to_dict(request_id=request_id)).encode()
    head = {
        "Content-Type": CONTENT_TYPE,
        "Content-Length": str(len(body)),
        "Connection": "close",
        "Cache-Control": "no-store",
        **({"X-Request-Id": request_id} if request_id else {}),
        **problem.headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    title = problem.to_dict(request_id="")["title"]
    return f"HTTP/1.1 {problem.status} {title}\r\n{lines}\r\n".encode() + body
