"""Playback tokens: the right to read one video's published files, or one picture, until a time.

itsdangerous signs them (HMAC); they carry no secret and are looked up nowhere. The text is
`["v", video_id, expires]` for playback and `["i", video_id, expires, key]` for a picture; `expires` is
seconds since 1970.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from itsdangerous import BadSignature, URLSafeSerializer

MIN_LIFE: Final = timedelta(hours=2)
MAX_LIFE: Final = timedelta(hours=6)
#: On top of the duration: for pauses.
SPARE: Final = timedelta(minutes=30)
#: Pictures' URLs change on the hour only, so that browsers keep pictures from page to page.
_PICTURE_STEP_SECONDS: Final = 3600
_MAX_CHARACTERS: Final = 1024


class MediaTokenRefused(Exception):
    """The token is none of ours, was edited, or has ended. `is_expired` tells the last from the others."""

    def __init__(self, *, is_expired: bool = False) -> None:
        super().__init__("expired" if is_expired else "bad")
        self.is_expired = is_expired


@dataclass(frozen=True, kw_only=True)
class MediaGrant:
    """`picture_key` is set where the token is for that picture and for nothing else."""

    video_id: str
    expires_at: datetime
    picture_key: str | None = None


def plan_playback_end(now: datetime, *, duration_seconds: float) -> datetime:
    """Return the end of a playback token: long enough to watch to the end with pauses, 2 to 6 hours."""
    life = min(max(MIN_LIFE, timedelta(seconds=duration_seconds) + SPARE), MAX_LIFE)
    return (now + life).replace(microsecond=0)


def plan_picture_end(now: datetime) -> datetime:
    """Return the end of a picture's token: between one and two hours on, the same for everyone all hour."""
    step = int(now.timestamp()) // _PICTURE_STEP_SECONDS + 2
    return datetime.fromtimestamp(step * _PICTURE_STEP_SECONDS, UTC)


class MediaTokens:
    """Signs and reads tokens with one key."""

    def __init__(self, key: str) -> None:
        if len(key) < 32:
            raise ValueError("MEDIA_TOKEN_KEY wants 32 characters or more")
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
        """Return a token for the same with another end, whether or not its own has come. For who may still
        have it: asking for it proves nothing. Raises MediaTokenRefused."""
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
