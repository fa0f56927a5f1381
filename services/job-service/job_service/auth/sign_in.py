"""Signing in by password, and by code if the account has a second factor.

Every completed sign-in writes the user's row, adds the user to the group if needed and, for
browsers, creates the session.
"""

import secrets
import time
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from job_service.auth.account import USER_GROUP, auto_confirm
from job_service.auth.credentials import Challenge, SignedIn, TokenSet
from job_service.auth.identify_caller import verify_signature, verify_token
from job_service.auth.ports import AuthPorts, AuthTransaction
from job_service.auth.recover import recover
from job_service.auth.seal import SealBroken
from job_service.auth.session import Session, build_one_use_id, hash_secret
from job_service.auth.sign_in_rules import is_cut_off, name_sign_in
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem
from videoforge.tokens import Principal

_log = get_logger("AUTH")


SECRET_BYTES: Final = 32
#: A sign-in within the same second as a sign-out takes one round; more are for a pool whose clock
#: is behind.
MAX_ROUNDS: Final = 3


@dataclass(frozen=True, kw_only=True)
class Browser:
    """The browser a session is created for. `old_secret` is its previous cookie, whose session
    ends: a session planted in a browser must not become a signed-in one."""

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
        # confirmation was interrupted, or done elsewhere
        auth.identity.add_to_group(email, group=USER_GROUP)
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
    """Wait for the next second and renew: tokens from the second of a sign-out count as older than
    it."""
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
    """Store the session under a new secret and return the secret; the browser's old session
    ends."""
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


#: A challenge's session lives 3 to 15 minutes in the pool, depending on its settings.
CHALLENGE_SECONDS: Final = 15 * 60
#: The record that it was used outlives it.
CHALLENGE_HOURS: Final = 1


def sign_in(
    auth: AuthPorts, *, email: str, password: str, browser: Browser | None = None
) -> SignedIn | Challenge:
    """Raises Problem 401 `invalid_credentials`, for an unknown user and a wrong password alike, and
    403 `user_not_confirmed`."""
    try:
        answer = auth.identity.sign_in(email, password=password)
    except Problem as problem:
        if problem.code != Code.user_not_confirmed.name or not auth.auto_confirms:
            raise
        auto_confirm(auth, email=email)
        answer = auth.identity.sign_in(email, password=password)
    if isinstance(answer, Challenge):
        # sealed, so that only a session that a correct password opened can be answered: the local
        # pool accepts any text as a session
        return replace(answer, session=auth.seal.seal_challenge(answer.session, email=email))
    return complete_sign_in(auth, email=email, tokens=answer, browser=browser)


def answer_challenge(
    auth: AuthPorts,
    *,
    email: str,
    session: str,
    code: str | None,
    recovery_code: str | None = None,
    browser: Browser | None = None,
) -> SignedIn:
    """Complete a sign-in with a code of the second factor or a recovery code. After a wrong code
    the client may try again; a session that has already signed in, or is being answered by another
    request, is refused.

    Raises Problem 422 `code_mismatch`, 401 `challenge_expired`.
    """
    try:
        opened = auth.seal.open_challenge(session, email=email, max_age_seconds=CHALLENGE_SECONDS)
    except SealBroken as error:
        raise Problem(Code.challenge_expired) from error
    mark = build_one_use_id("challenge", secret=session)
    with auth.database.begin() as tx:
        is_first = tx.sign_ins.revoke(mark, hours=CHALLENGE_HOURS)
    if not is_first:
        raise Problem(Code.challenge_expired)
    try:
        if recovery_code is not None:
            tokens = recover(auth, email=email, session=opened, recovery_code=recovery_code)
        else:
            tokens = auth.identity.answer_challenge(email, session=opened, code=code or "")
    except Problem:
        with auth.database.begin() as tx:
            tx.sign_ins.restore(mark)
        raise
    return complete_sign_in(auth, email=email, tokens=tokens, browser=browser)


def refresh_tokens(auth: AuthPorts, *, refresh_token: str) -> SignedIn:
    """Return new tokens for an API client; browsers have no refresh token, the server renews
    theirs. Raises Problem 401: `session_expired` when the pool refuses, `sign_in_needed` after a
    sign-out here."""
    tokens = auth.identity.refresh(refresh_token)
    principal = verify_token(auth, token=tokens.access_token)
    with auth.database.begin() as tx:
        email = tx.users.find_email(principal.user_id)
    if email is None:  # signed in directly at the pool
        email = auth.identity.get_profile(tokens.access_token).email
    return SignedIn(user_id=principal.user_id, email=email, groups=principal.groups, tokens=tokens)
