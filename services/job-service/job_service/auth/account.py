"""Accounts in the user pool: registration, confirmation by email or automatically, and profiles."""

from job_service.auth.caller import Caller
from job_service.auth.credentials import NewUser, Profile
from job_service.auth.password import list_missing
from job_service.auth.ports import AuthPorts
from job_service.auth.refusals import weak_password
from videoforge.problems import Code, Problem

#: Every user's group; the pool's provisioning creates it.
USER_GROUP = "user"


def register(auth: AuthPorts, *, email: str, password: str) -> NewUser:
    """Create the account. Raises Problem 403 `sign_up_closed`, 422 `weak_password`, 409
    `email_taken`.

    Where accounts are confirmed automatically, a call that failed halfway leaves an unconfirmed
    account; sign-in then completes it (sign_in.py).
    """
    if not auth.takes_sign_ups:
        raise Problem(Code.sign_up_closed)
    if missing := list_missing(password):
        raise weak_password(missing, field="password")
    user = auth.identity.register(email, password=password)
    if auth.auto_confirms and not user.is_confirmed:
        auto_confirm(auth, email=email)
        return NewUser(user_id=user.user_id, is_confirmed=True)
    return user


def auto_confirm(auth: AuthPorts, *, email: str) -> None:
    auth.identity.auto_confirm(email)
    auth.identity.add_to_group(email, group=USER_GROUP)


def confirm(auth: AuthPorts, *, email: str, code: str) -> None:
    """Confirm with the code from the email. Raises Problem 422 `code_mismatch` or
    `code_expired`."""
    auth.identity.confirm(email, code=code)
    auth.identity.add_to_group(email, group=USER_GROUP)


def send_code_again(auth: AuthPorts, *, email: str) -> None:
    """Send another confirmation code, without revealing whether the account exists."""
    auth.identity.send_confirmation_code(email)


def get_profile(auth: AuthPorts, *, caller: Caller) -> tuple[Profile, int]:
    """Return the caller's profile in the pool, and how many recovery codes are left."""
    profile = auth.identity.get_profile(caller.access_token)
    if not profile.has_mfa:
        return profile, 0
    with auth.database.begin() as tx:
        return profile, tx.factors.count_codes(caller.user_id)
