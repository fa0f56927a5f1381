"""What a job measured of its whole source, for the gallery: confirm saw only the two ends of a large file,
and believed what it could not measure."""

from pydantic import BaseModel, ConfigDict


class SourceFacts(BaseModel):
    """The figures of a GalleryVideoDraft that come from the media itself, with the same meaning."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    duration_seconds: float
    width: int
    height: int
    resolution: str
    video_codec: str
    audio_codec: str | None
    frame_rate: str
    container: str
