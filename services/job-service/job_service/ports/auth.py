"""Who people are: the user pool, and the rows of users, sign-ins and browser sessions.

A sign-in is what one password check began; Cognito names it by `origin_jti`, which all tokens refreshed from
it share. It ends by its own revocation or by the user's sign-out everywhere.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from job_service.ports.database import Database, Transaction
from videoforge.tokens import TokenVerifier


@dataclass(frozen=True, kw_only=True)
class SignInStatus:
    """`signed_out_at` is the user's last sign-out everywhere; `is_revoked` is about this sign-in alone."""

    signed_out_at: datetime | None
    is_revoked: bool


class SignInStore(Protocol):
    """The tables `revoked_sign_ins` and `users`, as far as they end sign-ins."""

    def find_status(self, transaction: Transaction, *, user_id: str, sign_in_id: str) -> SignInStatus: ...

    def revoke(self, transaction: Transaction, sign_in_id: str, *, expires_at: datetime) -> bool:
        """Refuse this id from now on, and return whether it was good until now. A row may be forgotten
        after `expires_at`, when no token can carry the id any more."""

    def sign_out_user(self, transaction: Transaction, user_id: str) -> None:
        """End every sign-in of the user that began before now, by the database's clock."""


class SignInCache(Protocol):
    """Statuses for seconds. Losing it costs time and nothing else: no call raises.

    What is forgotten stays so for longer than any reader takes, so that a reader who asked the database just
    before a sign-out cannot put the old status back.
    """

    def find_status(self, *, user_id: str, sign_in_id: str) -> SignInStatus | None: ...

    def keep_status(self, status: SignInStatus, *, user_id: str, sign_in_id: str) -> None: ...

    def forget_user(self, user_id: str) -> None: ...

    def forget_sign_in(self, sign_in_id: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class AuthPorts:
    """All that the use cases of auth need."""

    database: Database
    verifier: TokenVerifier
    sign_ins: SignInStore
    sign_in_cache: SignInCache
