"""A request for a job: the body of `POST /api/jobs`, and who sends it. Formats are text in any case."""

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


def find_unknown_formats(asked: Sequence[str]) -> list[str]:
    """Return what is asked for and does not exist, in the order asked."""
    return [name for name in asked if name.lower() not in _BY_LOWER_CASE]


def order_formats(asked: Sequence[str]) -> list[str]:
    """Return known formats in our spelling, each once, largest first. KeyError on an unknown one."""
    wanted = {_BY_LOWER_CASE[name.lower()] for name in asked}
    return [name for name in FORMAT_NAMES if name in wanted]


_NAMESPACE: Final = uuid.UUID("5f1a9c9e-3f0b-4b38-9a39-3d4a4f2d6b11")
#: Taken in any case; an unknown one has a problem of its own.
FormatText = Annotated[str, WithJsonSchema({"type": "string", "enum": [*FORMAT_NAMES]})]


class NewJob(RequestBody, EncodeOptions):
    """What is larger than the source is skipped; the video's `available_formats` name what is not. A job of
    higher `priority` is sent first."""

    video_id: str = Field(min_length=1, max_length=64)
    output_formats: list[FormatText] = Field(max_length=20)
    priority: int = Field(default=0, ge=MIN_PRIORITY, le=MAX_PRIORITY)

    @property
    def options(self) -> EncodeOptions:
        """The options without the rest of the request, to travel on."""
        return EncodeOptions(**self.model_dump(include=set(EncodeOptions.model_fields)))


@dataclass(frozen=True, kw_only=True)
class JobRequester:
    """Who asks. `seed` is the same when the same request comes again: ids are made from it, so that a repeat
    finds the jobs that the first one made."""

    user_id: str
    seed: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def batch_id(self) -> str:
        """The id of the batch, where the jobs are asked for as one."""
        return self.make_id("batch")

    def make_id(self, name: str) -> str:
        return str(uuid.uuid5(_NAMESPACE, f"{self.seed}/{name}"))
