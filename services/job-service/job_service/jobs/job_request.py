"""A request for a job: the body of `POST /api/jobs`, and its sender. Format names are
case-insensitive."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final

from pydantic import Field, WithJsonSchema

from job_service.jobs.job import MAX_PRIORITY, MIN_PRIORITY
from job_service.request_body import RequestBody
from videoforge.encode_options import EncodeOptions
from videoforge.formats import FORMAT_NAMES

_BY_LOWER_CASE: Final = {name.lower(): name for name in FORMAT_NAMES}


def find_unknown_formats(names: Sequence[str]) -> list[str]:
    """Return the requested formats that do not exist, in the order of the request."""
    return [name for name in names if name.lower() not in _BY_LOWER_CASE]


def order_formats(names: Sequence[str]) -> list[str]:
    """Return the known formats in our spelling, each once, largest first. KeyError on an unknown
    one."""
    wanted = {_BY_LOWER_CASE[name.lower()] for name in names}
    return [name for name in FORMAT_NAMES if name in wanted]


_NAMESPACE: Final = uuid.UUID("5f1a9c9e-3f0b-4b38-9a39-3d4a4f2d6b11")
#: Case-insensitive; an unknown format has a problem code of its own.
FormatText = Annotated[str, WithJsonSchema({"type": "string", "enum": [*FORMAT_NAMES]})]


class NewJob(RequestBody, EncodeOptions):
    """Formats larger than the source are skipped; the video's `available_formats` lists those that
    are not. A rendition that the video already has is made again, and is replaced when the job is
    done; with `replace: false` it is skipped. Jobs with a higher `priority` are sent first."""

    video_id: str = Field(min_length=1, max_length=64)
    output_formats: list[FormatText] = Field(max_length=20)
    replace: bool = Field(default=True, description="false makes only what the video does not have yet")
    priority: int = Field(default=0, ge=MIN_PRIORITY, le=MAX_PRIORITY)

    @property
    def options(self) -> EncodeOptions:
        """The options without the rest of the request."""
        return EncodeOptions(**self.model_dump(include=set(EncodeOptions.model_fields)))


@dataclass(frozen=True, kw_only=True)
class JobRequester:
    """The sender of a request. `seed` is the same when the same request is repeated: ids are
    derived from it, so that a repeat finds the jobs that the first request created."""

    user_id: str
    seed: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def batch_id(self) -> str:
        """The id of the batch, if the jobs were requested as one."""
        return self.make_id("batch")

    def make_id(self, name: str) -> str:
        return str(uuid.uuid5(_NAMESPACE, f"{self.seed}/{name}"))
