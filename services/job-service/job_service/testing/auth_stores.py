"""The stores of auth in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from job_service.auth.ports import AuthTransaction, SignInStatus
from job_service.auth.session import Session


@dataclass(frozen=True)
class MemoryAuthDatabase:
    """Transactions over memory stores: there is no rollback."""

    tx: AuthTransaction

    @contextmanager
    def begin(self) -> Iterator[AuthTransaction]:
        yield self.tx

    read = begin


@dataclass
class MemoryUsers:
    emails: dict[str, str | None] = field(default_factory=dict)

    def add_user(self, user_id: str) -> None:
        self.emails.setdefault(user_id, None)

    def save_user(self, user_id: str, *, email: str) -> None:
        self.emails[user_id] = email

    def find_email(self, user_id: str) -> str | None:
        return self.emails.get(user_id)


@dataclass
class MemorySignIns:
    signed_out: dict[str, datetime] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)

    def find_status(self, *, user_id: str, sign_in_id: str) -> SignInStatus:
        return SignInStatus(signed_out_at=self.signed_out.get(user_id), is_revoked=sign_in_id in self.revoked)

    def revoke(self, sign_in_id: str, *, hours: int) -> bool:
        was_good = sign_in_id not in self.revoked
        self.revoked.add(sign_in_id)
        return was_good

    def restore(self, sign_in_id: str) -> None:
        self.revoked.discard(sign_in_id)

    def sign_out_user(self, user_id: str) -> None:
        self.signed_out[user_id] = datetime.now(UTC)

    def delete_expired(self) -> int:
        return 0


@dataclass
class MemorySessions:
    rows: dict[str, Session] = field(default_factory=dict)

    def insert_session(self, session: Session) -> None:
        self.rows[session.id] = session

    def find_session(self, *, secret_hash: str) -> Session | None:
        return next((row for row in self._alive() if row.secret_hash == secret_hash), None)

    def lock_session(self, session_id: str, *, skip_locked: bool) -> Session | None:
        return next((row for row in self._alive() if row.id == session_id), None)

    def save_tokens(self, session_id: str, *, sealed_tokens: str, access_expires_at: datetime) -> None:
        self.rows[session_id] = replace(
            self.rows[session_id], sealed_tokens=sealed_tokens, access_expires_at=access_expires_at
        )

    def touch_session(self, session_id: str) -> None:
        self.rows[session_id] = replace(self.rows[session_id], last_seen_at=datetime.now(UTC))

    def list_sessions(self, *, user_id: str) -> list[Session]:
        mine = (row for row in self._alive() if row.user_id == user_id)
        return sorted(mine, key=lambda row: row.last_seen_at, reverse=True)

    def delete_session(self, session_id: str, *, user_id: str) -> Session | None:
        row = self.rows.get(session_id)
        return self.rows.pop(session_id) if row is not None and row.user_id == user_id else None

    def delete_sessions_of_user(self, user_id: str) -> list[Session]:
        return [self.rows.pop(row.id) for row in list(self.rows.values()) if row.user_id == user_id]

    def delete_expired(self) -> int:
        expired = [row.id for row in self.rows.values() if row.expires_at < datetime.now(UTC)]
        for session_id in expired:
            del self.rows[session_id]
        return len(expired)

    def _alive(self) -> list[Session]:
        return [row for row in self.rows.values() if row.expires_at > datetime.now(UTC)]


class ForgetfulCache:
    """A cache that is always empty: every answer comes from the database."""

    def find_status(self, *, user_id: str, sign_in_id: str) -> SignInStatus | None:
        return None

    def keep_status(self, status: SignInStatus, *, user_id: str, sign_in_id: str) -> None:
        """Drops it at once."""

    def forget_user(self, user_id: str) -> None:
        """Has no users to forget."""

    def forget_sign_in(self, sign_in_id: str) -> None:
        """Has none to forget."""

    def find_session(self, secret_hash: str) -> Session | None:
        return None

    def keep_session(self, session: Session) -> None:
        """Drops it at once."""

    def forget_session(self, secret_hash: str) -> None:
        """Has none to forget."""
