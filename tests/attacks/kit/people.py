"""The users of the stack while it is attacked: an owner with data, another user, and an anonymous
client."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

#: An id that does not exist.
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Belongings:
    """What the owner has, by the names of the parameters in the API's description."""

    video: Mapping[str, Any]
    job: Mapping[str, Any]
    upload: Mapping[str, Any]
    session_id: str
    hls_url: str = field(repr=False)

    def name_places(self) -> dict[str, str]:
        return {
            "video_id": self.video["id"],
            "job_id": self.job["id"],
            "upload_id": self.upload["id"],
            "session_id": self.session_id,
            "s3_key": self.video["s3_key"],
        }


def read_problem(answer: requests.Response) -> tuple[int, str]:
    """Return (status, code); the code is `-` if the response is not a problem with one."""
    is_problem = answer.headers.get("Content-Type") == "application/problem+json"
    return answer.status_code, answer.json()["code"] if is_problem else "-"


def forget_request(answer: requests.Response) -> tuple[int, Any]:
    """Return status and body without what differs in every response."""
    body = answer.json() if answer.content else None
    if isinstance(body, dict):
        body.pop("request_id", None)
    return answer.status_code, body
