"""The measured properties of a source that the gallery shows: measured at confirm, and again by a
job, since confirm reads only the two ends of a large file and trusts the header for what it cannot
measure."""

from pydantic import BaseModel, ConfigDict


class SourceFacts(BaseModel):
    """`width` and `height` are those of the picture as shown; `frame_rate` is a fraction, such as
    "30000/1001"."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    duration_seconds: float
    width: int
    height: int
    resolution: str
    video_codec: str
    audio_codec: str | None
    frame_rate: str
    container: str
