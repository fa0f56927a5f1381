"""Playback tokens: permission to read one video's published files, or one picture, until a given
time.

itsdangerous signs them (HMAC); they contain no secret and are not stored anywhere. The text is
`["v", video_id, expires]` for playback and `["i", video_id, expires, key]` for a picture; `expires`
is seconds since 1970.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from itsdangerous import BadSignature, URLSafeSerializer

MIN_LIFE: Final = timedelta(hours=2)
MAX_LIFE: Final = timedelta(hours=6)
#: Added to the duration, for pauses.
SPARE: Final = timedelta(minutes=30)
#: Picture URLs change only on the hour, so that browsers can cache pictures from page to page.
_PICTURE_STEP_SECONDS: Final = 3600
_MAX_CHARACTERS: Final = 1024


class MediaTokenRefused(Exception):
    """The token is not ours, was tampered with, or has expired. `is_expired` is true only for the
    last."""

    def __init__(self, *, is_expired: bool = False) -> None:
        super().__init__("expired" if is_expired else "bad")
        self.is_expired = is_expired


@dataclass(frozen=True, kw_only=True)
class MediaGrant:
    """`picture_key` is set if the token is only for that picture."""

    video_id: str
    expires_at: datetime
    picture_key: str | None = None


def plan_playback_end(now: datetime, *, duration_seconds: float) -> datetime:
    """Return when a playback token expires: long enough to watch to the end with pauses, 2 to 6
    hours."""
    life = min(max(MIN_LIFE, timedelta(seconds=duration_seconds) + SPARE), MAX_LIFE)
    return (now + life).replace(microsecond=0)


def plan_picture_end(now: datetime) -> datetime:
    """Return when a picture's token expires: in one to two hours, at the same time for everyone
    within the hour."""
    step = int(now.timestamp()) // _PICTURE_STEP_SECONDS + 2
    return datetime.fromtimestamp(step * _PICTURE_STEP_SECONDS, UTC)


class MediaTokens:
    """Signs and reads tokens with one key."""

    def __init__(self, key: str) -> None:
        if len(key) < 32:
            raise ValueError("MEDIA_TOKEN_KEY must have at least 32 characters")
        self._serializer = URLSafeSerializer(key, salt="videoforge.media")

    def sign(self, grant: MediaGrant) -> str:
        expires = int(grant.expires_at.timestamp())
        picture = [grant.picture_key] if grant.picture_key else []
        return str(self._serializer.dumps(["i" if picture else "v", grant.video_id, expires, *picture]))

    def read(self, token: str, *, now: datetime) -> MediaGrant:
        """Return what the token grants. Raises MediaTokenRefused."""
        grant = self._load(token)
        if now >= grant.expires_at:
            raise MediaTokenRefused(is_expired=True)
        return grant

    def renew(self, token: str, *, expires_at: datetime) -> str:
        """Return a token for the same grant with another expiry, even if the old one has expired.
        The caller must check permission first: having the old token proves nothing. Raises
        MediaTokenRefused."""
        return self.sign(replace(self._load(token), expires_at=expires_at))

    def _load(self, token: str) -> MediaGrant:
        if len(token) > _MAX_CHARACTERS:
            raise MediaTokenRefused
        try:
            content: Any = self._serializer.loads(token)
        except BadSignature as error:
            raise MediaTokenRefused from error
        kind, video_id, expires, *picture = content
        return MediaGrant(
            video_id=video_id,
            expires_at=datetime.fromtimestamp(expires, UTC),
            picture_key=picture[0] if kind == "i" else None,
        )
