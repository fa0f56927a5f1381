"""Ending sign-ins: one session, or all of a user's.

The pool ends refresh tokens, but an access token stays valid until it expires, up to an hour later.
So sign-outs are recorded here too, and every request is checked against them.
"""

from collections.abc import Iterable

from job_service.auth.caller import Caller
from job_service.auth.identify_caller import verify_signature
from job_service.auth.ports import AuthPorts
from job_service.auth.session import Session
from job_service.auth.sessions import open_tokens
from job_service.auth.sign_in_rules import REVOKED_HOURS, name_sign_in
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem

_log = get_logger("AUTH")


def sign_out(auth: AuthPorts, *, caller: Caller, refresh_token: str | None = None) -> None:
    """End every sign-in of the caller, on all devices, immediately.

    The pool is called first: an API client whose refresh token could not be revoked must know, so
    it gets 503 `identity_unavailable` and may retry. A browser's tokens are deleted here, so it is
    signed out anyway.
    """
    try:
        auth.identity.sign_out(caller.access_token)
        if refresh_token is not None:
            auth.identity.revoke(refresh_token)
    except Problem:
        if caller.session_id is None:
            raise
        _log.warning("signed out here but not in the user pool", user_id=caller.user_id)
    sign_in_id = name_sign_in(verify_signature(auth, token=caller.access_token))
    with auth.database.begin() as tx:
        tx.sign_ins.revoke(sign_in_id, hours=REVOKED_HOURS)
    auth.cache.forget_sign_in(sign_in_id)
    ended = end_sign_ins(auth, user_id=caller.user_id)
    _revoke_quietly(auth, ended)
    _log.info("signed out", user_id=caller.user_id)


def end_sign_ins(auth: AuthPorts, *, user_id: str) -> list[Session]:
    """Refuse all tokens issued to the user until now, delete the browser sessions and return them.
    A second call ends any that started in between."""
    with auth.database.begin() as tx:
        tx.sign_ins.sign_out_user(user_id)
        ended = tx.sessions.delete_sessions_of_user(user_id)
    auth.cache.forget_user(user_id)
    for session in ended:
        auth.cache.forget_session(session.secret_hash)
    return ended


def end_session(auth: AuthPorts, *, caller: Caller, session_id: str) -> None:
    """End one browser session of the caller. Raises Problem 404 `session_not_found`."""
    with auth.database.begin() as tx:
        session = tx.sessions.delete_session(session_id, user_id=caller.user_id)
    if session is None:
        raise Problem(Code.session_not_found)
    auth.cache.forget_session(session.secret_hash)
    _revoke_quietly(auth, [session])


def _revoke_quietly(auth: AuthPorts, sessions: Iterable[Session]) -> None:
    """Revoke the refresh tokens of deleted sessions. No client holds them any more, so a pool that
    does not respond makes no difference to the user."""
    for session in sessions:
        try:
            auth.identity.revoke(open_tokens(auth, session=session).refresh_token)
        except Problem as problem:
            _log.warning("could not revoke the refresh token", session_id=session.id, error_code=problem.code)
