"""Who is asking: a bearer token → the caller, or the problem to answer with."""

from job_service.domain.caller import Caller
from job_service.domain.sign_in import is_cut_off
from job_service.errors import sign_in_needed, unavailable
from job_service.ports.auth import AuthPorts, SignInStatus
from videoforge.logs import get_logger
from videoforge.tokens import KeySetUnavailable, Principal, TokenRefused

_log = get_logger("AUTH")


def identify_bearer(auth: AuthPorts, *, token: str) -> Caller:
    """Return the caller. Raises Problem 401 `sign_in_needed`, the same for every kind of bad token, and 503
    `identity_unavailable` when no signing key could be had yet."""
    principal = verify_token(auth, token=token)
    return Caller(user_id=principal.user_id, groups=principal.groups, access_token=token)


def verify_token(auth: AuthPorts, *, token: str) -> Principal:
    """Check the token and that its sign-in lasts. Raises as `identify_bearer`."""
    try:
        principal = auth.verifier.verify(token)
    except TokenRefused as refusal:
        _log.info("token refused", reason=refusal.reason)
        raise sign_in_needed("The access token is not valid.") from refusal
    except KeySetUnavailable as error:
        raise unavailable("identity") from error
    status = _get_status(auth, principal=principal)
    if status.is_revoked or is_cut_off(principal.issued_at_seconds, signed_out_at=status.signed_out_at):
        _log.info("token refused", reason="signed out", user_id=principal.user_id)
        raise sign_in_needed("The access token is not valid.")
    return principal


def _get_status(auth: AuthPorts, *, principal: Principal) -> SignInStatus:
    user_id, sign_in_id = principal.user_id, name_sign_in(principal)
    status = auth.sign_in_cache.find_status(user_id=user_id, sign_in_id=sign_in_id)
    if status is None:
        with auth.database.begin() as transaction:
            status = auth.sign_ins.find_status(transaction, user_id=user_id, sign_in_id=sign_in_id)
        auth.sign_in_cache.keep_status(status, user_id=user_id, sign_in_id=sign_in_id)
    return status


def name_sign_in(principal: Principal) -> str:
    """Return the id of the token's sign-in; a pool without token revocation sets no `origin_jti`."""
    return principal.origin_jti or principal.jti
