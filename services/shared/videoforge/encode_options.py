"""What a user may choose of how a job is encoded, as one value.

It goes whole from the request to the job's row, from there into the messages of its tasks and its plan, and
into the job that is shown; only the processor looks inside. A new option is a field here, which says what it
means, and what the processor makes of it (video_processor/adapters/ffmpeg_args.py).

Every option has a default: what was done before there was the option. So a row or a message of an earlier
version is read as what its user asked for. An option that is not known is refused, not dropped: what a user
asked for is done or not begun.
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
