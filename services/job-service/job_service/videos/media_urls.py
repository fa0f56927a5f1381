"""URLs below /media: absolute, on the public origin, so that any player can use them as they
are."""

from job_service.videos.assets import build_media_path
from job_service.videos.media_token import MediaGrant, MediaTokenRefused, plan_picture_end
from job_service.videos.ports import VideoPorts

MASTER_NAME = "master.m3u8"
PICTURE_NAME = "thumbnail.jpg"


def build_media_url(ports: VideoPorts, token: str, name: str) -> str:
    return f"{ports.public_url}/media/{token}/{name}"


def build_object_url(ports: VideoPorts, token: str, key: str) -> str:
    """Return the URL of an object written by a job."""
    return build_media_url(ports, token, build_media_path(key))


def build_picture_url(ports: VideoPorts, *, video_id: str, thumbnail_key: str | None) -> str | None:
    """Return the URL of a video's picture, the same for everyone within the hour; None without a
    picture."""
    if not thumbnail_key:
        return None
    end = plan_picture_end(ports.clock())
    grant = MediaGrant(video_id=video_id, expires_at=end, picture_key=thumbnail_key)
    return build_media_url(ports, ports.tokens.sign(grant), PICTURE_NAME)


def renew_picture_url(ports: VideoPorts, url: str) -> str | None:
    """Return a fresh URL for the picture of an earlier URL, which may have expired; None if that
    was signed with an old key."""
    token = url.split("/")[-2]
    try:
        renewed = ports.tokens.renew(token, expires_at=plan_picture_end(ports.clock()))
    except MediaTokenRefused:
        return None
    return build_media_url(ports, renewed, PICTURE_NAME)
