"""What lies in the store for a video: its source as pinned at confirm, and whose it is."""

from dataclasses import dataclass
from typing import Any

from job_service.platform.object_store import ObjectHead


@dataclass(frozen=True, kw_only=True)
class SourceAsset:
    """A source as pinned at confirm; `detail` is the probe's JSON."""

    video_id: str
    user_id: str
    s3_key: str
    head: ObjectHead
    detail: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class VideoOwner:
    user_id: str
    s3_key: str
