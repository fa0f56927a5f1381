"""Ports of authentication: the user pool, and the rows of users, sign-ins, browser sessions and
second factors.

A sign-in starts with one password check; Cognito identifies it by `origin_jti`, which all tokens
refreshed from it share. It ends when it is revoked or when the user signs out everywhere.

The pool checks codes only at sign-in and has no recovery codes. With the sealed secret the service
can check a code of a signed-in user, and answer the pool's challenge on behalf of a recovery code.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from job_service.auth.codes import Argon2Codes
from job_service.auth.credentials import Challenge, NewUser, Profile, TokenSet
from job_service.auth.seal import FernetSeal
from job_service.auth.session import Session
from job_service.platform.ports import Database
from videoforge.tokens import TokenVerifier


@dataclass(frozen=True, kw_only=True)
class KeptFactor:
    """`sealed_pending` is the secret of a set-up that has not been confirmed with a code yet."""

    sealed_secret: str | None = field(repr=False)
    sealed_pending: str | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class KeptCode:
    selector: str
    secret_hash: str = field(repr=False)


class FactorStore(Protocol):
    """The tables `second_factors` and `recovery_codes`."""

    def find_factor(self, user_id: str) -> KeptFactor | None: ...

    def save_pending(self, user_id: str, *, sealed: str, key_name: str) -> None:
        """Store the secret of a set-up, replacing an earlier pending one."""

    def confirm_pending(self, user_id: str) -> None:
        """Make the pending secret the active one."""

    def replace_codes(self, user_id: str, *, codes: Sequence[KeptCode]) -> None:
        """Store these codes and delete all others."""

    def find_code(self, user_id: str, *, selector: str) -> KeptCode | None: ...

    def take_code(self, user_id: str, *, code: KeptCode) -> bool:
        """Delete the code and return whether it existed: if two requests present it, only one gets
        True."""

    def put_code_back(self, user_id: str, *, code: KeptCode) -> None: ...

    def count_codes(self, user_id: str) -> int: ...

    def delete_factor(self, user_id: str) -> None:
        """Delete secret and codes; does nothing if there are none."""

    def list_sealed_with_another(self, *, key_name: str, limit: int) -> list[tuple[str, KeptFactor]]:
        """Return (user_id, factor) of rows sealed with another key, locked for this transaction."""

    def save_sealed(self, user_id: str, *, factor: KeptFactor, key_name: str) -> None: ...


class Authenticator(Protocol):
    """Time-based codes (RFC 6238) from a base32 secret."""

    def find_step(self, secret: str, *, code: str) -> int | None:
        """Return the time step that the code belongs to: the current one or one of its
        neighbours."""

    def list_codes(self, secret: str) -> list[str]:
        """Return the codes that a pool would accept now, the current one first."""


class IdentityProvider(Protocol):
    """The user pool. Every call raises Problem 503 `identity_unavailable` when it does not respond,
    and 429 `too_many_attempts` when it rejects further attempts for an account."""

    def register(self, email: str, *, password: str) -> NewUser:
        """Raises Problem 409 `email_taken`, 422 `weak_password`, 403 `sign_up_closed` where the
        pool does not allow sign-up."""

    def confirm(self, email: str, *, code: str) -> None:
        """Raises Problem 422 `code_mismatch` (also for an unknown user) or `code_expired`."""

    def auto_confirm(self, email: str) -> None:
        """Confirm without a code, where no email is sent."""

    def add_to_group(self, email: str, *, group: str) -> None: ...

    def send_confirmation_code(self, email: str) -> None:
        """Send another code; does nothing for a user who is unknown or already confirmed."""

    def sign_in(self, email: str, *, password: str) -> TokenSet | Challenge:
        """Raises Problem 401 `invalid_credentials`, 403 `user_not_confirmed` or
        `new_password_required`."""

    def answer_challenge(self, email: str, *, session: str, code: str) -> TokenSet:
        """Raises Problem 422 `code_mismatch`, 401 `challenge_expired`."""

    def refresh(self, refresh_token: str) -> TokenSet:
        """Raises Problem 401 `session_expired`."""

    def sign_out(self, access_token: str) -> None:
        """End all sign-ins of the token's user in the pool; a token that has already ended is not
        an error."""

    def sign_out_user(self, email: str) -> None:
        """The same, for a user whose access token is not available."""

    def revoke(self, refresh_token: str) -> None: ...

    def find_user_id(self, email: str) -> str | None: ...

    def send_reset_code(self, email: str) -> None:
        """Does nothing for an unknown user."""

    def reset_password(self, email: str, *, code: str, password: str) -> None:
        """Raises Problem 422 `code_mismatch` (also for an unknown user), `code_expired`,
        `weak_password`."""

    def change_password(self, access_token: str, *, current: str, new: str) -> None:
        """Raises Problem 422 `wrong_password` or `weak_password`."""

    def get_profile(self, access_token: str) -> Profile: ...

    def start_mfa(self, access_token: str) -> str:
        """Return a new TOTP secret in base32; it takes effect once a code generated from it has
        been verified."""

    def verify_mfa(self, access_token: str, *, code: str) -> None:
        """Require codes from now on. Raises Problem 422 `code_mismatch`, 409 `mfa_not_set_up`."""

    def stop_mfa(self, access_token: str) -> None: ...

    def check(self) -> None:
        """Raise unless the pool responds."""


class UserStore(Protocol):
    """The table `users`: one row for each user ever seen."""

    def add_user(self, user_id: str) -> None:
        """Insert the row of a user whose email is not known; does nothing if it exists."""

    def save_user(self, user_id: str, *, email: str) -> None: ...

    def find_email(self, user_id: str) -> str | None: ...


@dataclass(frozen=True, kw_only=True)
class SignInStatus:
    """`signed_out_at` is the user's last sign-out everywhere; `is_revoked` concerns only this
    sign-in."""

    signed_out_at: datetime | None
    is_revoked: bool


class SignInStore(Protocol):
    """The table `revoked_sign_ins`, and `users.signed_out_at`."""

    def find_status(self, *, user_id: str, sign_in_id: str) -> SignInStatus: ...

    def revoke(self, sign_in_id: str, *, hours: int) -> bool:
        """Reject this id from now on, and return whether it was valid until now. The row may be
        deleted after `hours`, when no token can carry the id any more."""

    def restore(self, sign_in_id: str) -> None:
        """Undo a revocation."""

    def sign_out_user(self, user_id: str) -> None:
        """End every sign-in of the user that started before now, by the database's clock."""

    def delete_expired(self) -> int: ...


class SessionStore(Protocol):
    """The table `sessions`. An expired session is not found."""

    def insert_session(self, session: Session) -> None: ...

    def find_session(self, *, secret_hash: str) -> Session | None: ...

    def lock_session(self, session_id: str, *, skip_locked: bool) -> Session | None:
        """Return the session, locked for this transaction; None when it no longer exists, or when
        another transaction holds the lock and `skip_locked` says not to wait."""

    def save_tokens(self, session_id: str, *, sealed_tokens: str, access_expires_at: datetime) -> None: ...

    def touch_session(self, session_id: str) -> None:
        """Record that it was used, at most once a minute, without waiting for a lock."""

    def list_sessions(self, *, user_id: str) -> list[Session]:
        """Return the user's sessions, most recently used first."""

    def delete_session(self, session_id: str, *, user_id: str) -> Session | None:
        """Return what was deleted; another user's session is treated like one that does not
        exist."""

    def delete_sessions_of_user(self, user_id: str) -> list[Session]: ...

    def delete_expired(self) -> int: ...


class AuthCache(Protocol):
    """Caches statuses and sessions for seconds. Losing it costs only time: no call raises.

    A forgotten entry stays blocked for longer than any read takes, so a reader that queried the
    database just before a sign-out cannot put the old value back.
    """

    def find_status(self, *, user_id: str, sign_in_id: str) -> SignInStatus | None: ...

    def keep_status(self, status: SignInStatus, *, user_id: str, sign_in_id: str) -> None: ...

    def forget_user(self, user_id: str) -> None: ...

    def forget_sign_in(self, sign_in_id: str) -> None: ...

    def find_session(self, secret_hash: str) -> Session | None: ...

    def keep_session(self, session: Session) -> None: ...

    def forget_session(self, secret_hash: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class AuthTransaction:
    users: UserStore
    sign_ins: SignInStore
    sessions: SessionStore
    factors: FactorStore


@dataclass(frozen=True, kw_only=True)
class AuthPorts:
    """Everything the auth steps need, and four settings: `session_days`, whether new users may
    register, whether they are confirmed automatically, and for how many minutes a sign-in replaces
    the password. `clock` returns aware UTC."""

    database: Database[AuthTransaction]
    identity: IdentityProvider
    verifier: TokenVerifier
    cache: AuthCache
    seal: FernetSeal
    code_hash: Argon2Codes
    authenticator: Authenticator
    clock: Callable[[], datetime]
    session_days: int
    takes_sign_ups: bool
    auto_confirms: bool
    fresh_minutes: int
