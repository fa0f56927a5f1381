"""Turns a bearer token or a browser's session secret into the caller, or raises the problem to
answer with."""

from datetime import UTC, datetime

from job_service.auth.caller import Caller
from job_service.auth.ports import AuthPorts, SignInStatus
from job_service.auth.session import hash_secret
from job_service.auth.sessions import find_session, open_tokens, renew_session
from job_service.auth.sign_in_rules import is_cut_off, name_sign_in
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem
from videoforge.tokens import KeySetUnavailable, Principal, TokenRefused

_log = get_logger("AUTH")


def identify_bearer(auth: AuthPorts, *, token: str) -> Caller:
    """Return the caller. Raises Problem 401 `sign_in_needed`, the same for every kind of bad token,
    and 503 `identity_unavailable` when no signing key has been loaded yet."""
    principal = verify_token(auth, token=token)
    return Caller(
        user_id=principal.user_id,
        groups=principal.groups,
        access_token=token,
        signed_in_at=datetime.fromtimestamp(principal.authenticated_at_seconds, UTC),
    )


def identify_session(auth: AuthPorts, *, secret: str) -> Caller:
    """Return the caller, after renewing the access token if it is due. Raises Problem 401
    `session_expired`, and 503 `identity_unavailable` when it cannot be renewed now."""
    session = find_session(auth, secret_hash=hash_secret(secret))
    if session is None:
        raise Problem(Code.session_expired)
    if session.wants_renewal(auth.clock()):
        session = renew_session(auth, session=session)
    access_token = open_tokens(auth, session=session).access_token
    try:
        principal = verify_token(auth, token=access_token)
    except Problem as problem:
        if problem.status == 401:
            raise Problem(Code.session_expired) from problem
        raise
    return Caller(
        user_id=principal.user_id,
        groups=principal.groups,
        access_token=access_token,
        email=session.email,
        session_id=session.id,
        signed_in_at=session.created_at,
    )


def verify_token(auth: AuthPorts, *, token: str) -> Principal:
    """Check the token and that its sign-in has not ended. Raises like `identify_bearer`."""
    principal = verify_signature(auth, token=token)
    status = _get_status(auth, principal=principal)
    if status.is_revoked or is_cut_off(principal.issued_at_seconds, signed_out_at=status.signed_out_at):
        _log.info("token refused", reason="signed out", user_id=principal.user_id)
        raise Problem(Code.sign_in_needed, detail="The access token is not valid.")
    return principal


def verify_signature(auth: AuthPorts, *, token: str) -> Principal:
    """Check the token alone, whether or not its sign-in has ended. Raises like
    `identify_bearer`."""
    try:
        return auth.verifier.verify(token)
    except TokenRefused as refusal:
        _log.info("token refused", reason=refusal.reason)
        raise Problem(Code.sign_in_needed, detail="The access token is not valid.") from refusal
    except KeySetUnavailable as error:
        raise Problem(Code.identity_unavailable) from error


def _get_status(auth: AuthPorts, *, principal: Principal) -> SignInStatus:
    user_id, sign_in_id = principal.user_id, name_sign_in(principal)
    status = auth.cache.find_status(user_id=user_id, sign_in_id=sign_in_id)
    if status is None:
        with auth.database.begin() as tx:
            # an API client may have got its token directly from the pool
            tx.users.add_user(user_id)
            status = tx.sign_ins.find_status(user_id=user_id, sign_in_id=sign_in_id)
        auth.cache.keep_status(status, user_id=user_id, sign_in_id=sign_in_id)
    return status
