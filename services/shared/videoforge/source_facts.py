"""What was measured of a source, as the gallery shows it: by confirm, and anew by a job, since confirm saw
only the two ends of a large file and believed what it could not measure."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class SourceFacts(BaseModel):
    """`width` and `height` are the picture as shown; `frame_rate` is a fraction, such as "30000/1001"."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    duration_seconds: float
    width: int
    height: int
    resolution: str
    video_codec: str
    audio_codec: str | None
    frame_rate: str
    container: str

    @classmethod
    def pick(cls, metadata: Mapping[str, Any]) -> Self:
        """Return the facts among a probe's JSON, which has more."""
        return cls.model_validate({name: metadata[name] for name in cls.model_fields})
