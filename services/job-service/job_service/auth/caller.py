"""The caller of a request: a signed-in user, by bearer token or browser session."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

LONG_AGO: Final = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class Caller:
    """`access_token` is passed on to the gallery, which verifies it too; API clients have no
    `session_id`. `signed_in_at` is when the password was last entered, not when a token was
    renewed."""

    user_id: str
    groups: frozenset[str]
    access_token: str = field(repr=False)
    email: str | None = None
    session_id: str | None = None
    signed_in_at: datetime = LONG_AGO

    @property
    def is_admin(self) -> bool:
        return "admin" in self.groups

    @property
    def reads_jobs_of(self) -> str | None:
        """The user whose jobs the caller may read: their own id, or None (all users) for
        administrators."""
        return None if self.is_admin else self.user_id
