"""What every finished sign-in does: the user's row, the group, and for browsers the session."""

import secrets
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from job_service.auth.credentials import SignedIn, TokenSet
from job_service.auth.identify_caller import verify_signature
from job_service.auth.ports import AuthPorts, AuthTransaction
from job_service.auth.register import USER_GROUP
from job_service.auth.session import Session, hash_secret
from job_service.auth.sign_in_rules import is_cut_off, name_sign_in
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem
from videoforge.tokens import Principal

SECRET_BYTES: Final = 32
#: A sign-in within the second of a sign-out takes one round; more are for a pool whose clock is behind.
MAX_ROUNDS: Final = 3

_log = get_logger("AUTH")


@dataclass(frozen=True, kw_only=True)
class Browser:
    """Where a session is made for. `old_secret` is the cookie it had, which ends: a session that was planted
    in a browser must not become a signed-in one."""

    user_agent: str
    address: str
    old_secret: str | None = field(default=None, repr=False)


def complete_sign_in(auth: AuthPorts, *, email: str, tokens: TokenSet, browser: Browser | None) -> SignedIn:
    """Return the signed-in user, with a new session for a browser. Raises Problem 503."""
    principal = verify_signature(auth, token=tokens.access_token)
    with auth.database.begin() as tx:
        tx.users.save_user(principal.user_id, email=email)
        status = tx.sign_ins.find_status(user_id=principal.user_id, sign_in_id=name_sign_in(principal))
    if is_cut_off(principal.issued_at_seconds, signed_out_at=status.signed_out_at):
        tokens, principal = _take_later_tokens(auth, tokens=tokens, signed_out_at=status.signed_out_at)
    if USER_GROUP not in principal.groups:
        auth.identity.add_to_group(email, group=USER_GROUP)  # confirming was cut short, or done elsewhere
    secret = None
    if browser is not None:
        secret = _open_session(auth, email=email, tokens=tokens, principal=principal, browser=browser)
    _log.info("signed in", user_id=principal.user_id, is_browser=browser is not None)
    return SignedIn(
        user_id=principal.user_id,
        email=email,
        groups=principal.groups | {USER_GROUP},
        tokens=tokens,
        session_secret=secret,
    )


def _take_later_tokens(
    auth: AuthPorts, *, tokens: TokenSet, signed_out_at: datetime | None
) -> tuple[TokenSet, Principal]:
    """Wait for the next second and renew: tokens of the second of a sign-out count as older than it."""
    for _ in range(MAX_ROUNDS):
        time.sleep(1.0 - time.time() % 1.0 + 0.02)
        tokens = auth.identity.refresh(tokens.refresh_token)
        principal = verify_signature(auth, token=tokens.access_token)
        if not is_cut_off(principal.issued_at_seconds, signed_out_at=signed_out_at):
            return tokens, principal
    raise Problem(Code.identity_unavailable)


def _open_session(
    auth: AuthPorts, *, email: str, tokens: TokenSet, principal: Principal, browser: Browser
) -> str:
    """Write the session under a new secret and return the secret; the browser's old session ends."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    now = auth.clock()
    session = Session(
        id=str(uuid.uuid4()),
        secret_hash=hash_secret(secret),
        user_id=principal.user_id,
        email=email,
        groups=tuple(sorted(principal.groups)),
        sealed_tokens=auth.seal.seal_tokens(tokens),
        access_expires_at=datetime.fromtimestamp(principal.expires_at_seconds, UTC),
        expires_at=now + timedelta(days=auth.session_days),
        created_at=now,
        last_seen_at=now,
        user_agent=browser.user_agent,
        address=browser.address,
    )
    with auth.database.begin() as tx:
        old_hash = _end_old_session(tx, browser=browser)
        tx.sessions.insert_session(session)
    if old_hash is not None:
        auth.cache.forget_session(old_hash)
    return secret


def _end_old_session(tx: AuthTransaction, *, browser: Browser) -> str | None:
    if browser.old_secret is None:
        return None
    old = tx.sessions.find_session(secret_hash=hash_secret(browser.old_secret))
    if old is not None:
        tx.sessions.delete_session(old.id, user_id=old.user_id)
    return hash_secret(browser.old_secret)
