"""How a user wants a job encoded, as one value.

It is carried whole from the request to the job's row, from there into the messages of its tasks and
its plan, and into the job that is shown; only the processor looks inside. A new option is a field
here, which says what it means, and its handling in the processor
(video_processor/adapters/ffmpeg_args.py).

Every option has a default: what was done before the option existed. So a row or a message of an
earlier version is read as its user intended. An unknown option is refused, not dropped: what a user
asked for is either done or refused.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

RateControl = Literal["quality", "bitrate"]


class EncodeOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    rate_control: Annotated[
        RateControl,
        Field(description="quality keeps to the formats' bitrates as ceilings, bitrate aims at them"),
    ] = "quality"
