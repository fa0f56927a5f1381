"""Changing and resetting a password. Both end every sign-in made with the old one."""

from job_service.auth.caller import Caller
from job_service.auth.credentials import Challenge, SignedIn
from job_service.auth.password import list_missing
from job_service.auth.ports import AuthPorts
from job_service.auth.refusals import weak_password
from job_service.auth.sign_in import Browser, sign_in
from job_service.auth.sign_out import end_sign_ins
from videoforge.logs import get_logger
from videoforge.problems import Problem

_log = get_logger("AUTH")


def change_password(
    auth: AuthPorts, *, caller: Caller, current: str, new: str, browser: Browser | None
) -> SignedIn | Challenge:
    """Change the password, sign out everywhere and sign in again with the new one, as auth/login
    does: the pool cannot end the other sign-ins and keep this one.

    Raises Problem 422 `wrong_password` or `weak_password`.
    """
    if missing := list_missing(new):
        raise weak_password(missing, field="new_password")
    email = caller.email or auth.identity.get_profile(caller.access_token).email
    auth.identity.change_password(caller.access_token, current=current, new=new)
    _sign_out_in_pool(auth, email=email)
    end_sign_ins(auth, user_id=caller.user_id)
    _log.info("password changed", user_id=caller.user_id)
    return sign_in(auth, email=email, password=new, browser=browser)


def send_reset_code(auth: AuthPorts, *, email: str) -> None:
    """Send a code by email, without revealing whether the account exists."""
    auth.identity.send_reset_code(email)


def reset_password(auth: AuthPorts, *, email: str, code: str, new: str) -> None:
    """Set the password with the code from the email and sign out everywhere.

    Raises Problem 422 `weak_password`, `code_mismatch` (also for an unknown user) or
    `code_expired`.
    """
    if missing := list_missing(new):
        raise weak_password(missing, field="new_password")
    auth.identity.reset_password(email, code=code, password=new)
    _sign_out_in_pool(auth, email=email)
    user_id = auth.identity.find_user_id(email)
    if user_id is not None:
        end_sign_ins(auth, user_id=user_id)
    _log.info("password reset", user_id=user_id)


def _sign_out_in_pool(auth: AuthPorts, *, email: str) -> None:
    """Revoke the refresh tokens before ending the access tokens here, so that any access token
    refreshed in between is older than that cut-off. The password has already changed, so if the
    pool fails now the operator learns of it from the log; answering that nothing was changed would
    be wrong."""
    try:
        auth.identity.sign_out_user(email)
    except Problem as problem:
        _log.error("refresh tokens still valid after a password change", error_code=problem.code)
