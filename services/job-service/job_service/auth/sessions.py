"""The current state of a browser session, and its access token, renewed before it expires.

Many requests of one page see an expiring token at the same time; the row lock lets one of them call
the pool. The others use the old token while it is still valid, and wait for the new one when it is
not.
"""

from dataclasses import replace
from datetime import timedelta

from job_service.auth.caller import Caller
from job_service.auth.credentials import TokenSet
from job_service.auth.ports import AuthPorts, AuthTransaction
from job_service.auth.seal import SealBroken
from job_service.auth.session import Session
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem

_log = get_logger("AUTH")


def find_session(auth: AuthPorts, *, secret_hash: str) -> Session | None:
    """Return the session from the cache or from the database, where its use is recorded."""
    session = auth.cache.find_session(secret_hash)
    if session is not None and session.expires_at > auth.clock():
        return session
    with auth.database.begin() as tx:
        session = tx.sessions.find_session(secret_hash=secret_hash)
        if session is not None:
            tx.sessions.touch_session(session.id)
    if session is not None:
        auth.cache.keep_session(session)
    return session


def open_tokens(auth: AuthPorts, *, session: Session) -> TokenSet:
    """Return the session's tokens. Raises Problem 401 `session_expired` when their key is gone."""
    try:
        return auth.seal.open_tokens(session.sealed_tokens)
    except SealBroken as error:
        _log.warning("session cannot be decrypted", session_id=session.id)
        raise Problem(Code.session_expired) from error


def renew_session(auth: AuthPorts, *, session: Session) -> Session:
    """Return the session with a valid access token. If the pool refuses the renewal, the session
    ends.

    Raises Problem 401 `session_expired`; 503 `identity_unavailable` when the token has expired and
    the pool does not respond. A second call right after does nothing.
    """
    is_usable = session.is_usable(auth.clock())
    with auth.database.begin() as tx:
        current = tx.sessions.lock_session(session.id, skip_locked=is_usable)
        if current is None and is_usable:
            # another request is renewing it; if it no longer exists, the check of its sign-in finds
            # out
            return session
        renewed = _renew_locked(auth, tx, current) if current is not None else None
    auth.cache.forget_session(session.secret_hash)
    if renewed is None:
        raise Problem(Code.session_expired)
    return renewed


def _renew_locked(auth: AuthPorts, tx: AuthTransaction, session: Session) -> Session | None:
    """Return the renewed session, or None after deleting the row if the pool has ended the
    session."""
    now = auth.clock()
    if not session.wants_renewal(now):
        return session  # another request renewed it while this one waited
    try:
        tokens = auth.identity.refresh(open_tokens(auth, session=session).refresh_token)
    except Problem as problem:
        if problem.status == 401:
            _log.info("session ended by the user pool", session_id=session.id, user_id=session.user_id)
            tx.sessions.delete_session(session.id, user_id=session.user_id)
            return None
        if session.is_usable(now):
            return session
        raise
    renewed = replace(
        session,
        sealed_tokens=auth.seal.seal_tokens(tokens),
        access_expires_at=now + timedelta(seconds=tokens.expires_in_seconds),
    )
    tx.sessions.save_tokens(
        session.id,
        sealed_tokens=renewed.sealed_tokens,
        access_expires_at=renewed.access_expires_at,
    )
    return renewed


def list_sessions(auth: AuthPorts, *, caller: Caller) -> list[Session]:
    """Return the caller's browser sessions, most recently used first."""
    with auth.database.begin() as tx:
        return tx.sessions.list_sessions(user_id=caller.user_id)
