"""What auth refuses, by name; the user pool's own error names end in these.

An unknown user and a wrong password get the same words. So do an unknown user and a wrong code, and asking
for a code tells nobody whether an account exists. Only `email_taken` tells: a sign-up that pretended to work
would leave an honest person waiting for a code that never comes, and it is limited to five a minute.
"""

from collections.abc import Sequence

from job_service.errors import Problem

_BEARER = {"WWW-Authenticate": 'Bearer realm="videoforge"'}


def invalid_credentials() -> Problem:
    return Problem(
        401,
        "invalid_credentials",
        "The e-mail or the password is wrong.",
        hint="Check both, or ask for a new password with auth/forgot-password.",
        headers=_BEARER,
    )


def wrong_password(*, field: str = "current_password") -> Problem:
    return Problem(
        422,
        "wrong_password",
        "The current password is wrong.",
        errors=[{"field": field, "message": "This is not the current password."}],
    )


def reauthentication_needed() -> Problem:
    return Problem(
        403,
        "reauthentication_needed",
        "The sign-in is too old for this.",
        hint="Send the password as well, in `password`.",
    )


def mfa_is_on() -> Problem:
    return Problem(
        409,
        "mfa_is_on",
        "There is a second factor already.",
        hint="Turn it off first, with a code of it or a recovery code.",
    )


def weak_password(missing: Sequence[str], *, field: str) -> Problem:
    """`missing` are phrases of domain.password.list_missing."""
    return Problem(
        422,
        "weak_password",
        "The password is too weak.",
        hint="A password has 8 characters or more with upper case, lower case, a digit and a sign.",
        errors=[{"field": field, "message": f"The password needs {phrase}."} for phrase in missing],
    )


def sign_up_closed() -> Problem:
    return Problem(
        403,
        "sign_up_closed",
        "This site takes no new accounts.",
        hint="Ask an administrator for one.",
    )


def email_taken() -> Problem:
    return Problem(
        409,
        "email_taken",
        "There is an account with this e-mail already.",
        hint="Sign in; or ask for a code with auth/resend-code, or a new password with auth/forgot-password.",
    )


def user_not_confirmed() -> Problem:
    return Problem(
        403,
        "user_not_confirmed",
        "The e-mail of this account is not confirmed yet.",
        hint="Send the code from the mail to auth/confirm; auth/resend-code sends another.",
    )


def new_password_required() -> Problem:
    return Problem(
        403,
        "new_password_required",
        "This account needs a new password before it can sign in.",
        hint="Ask for one with auth/forgot-password, or ask an administrator.",
    )


def code_mismatch() -> Problem:
    return Problem(
        422,
        "code_mismatch",
        "The code is wrong, or was used already.",
        hint="Check it, or ask for another one. An account that is confirmed can sign in.",
        errors=[{"field": "code", "message": "This is not the code."}],
    )


def code_expired() -> Problem:
    return Problem(
        422,
        "code_expired",
        "The code is too old.",
        hint="Ask for another one.",
        errors=[{"field": "code", "message": "This code has expired."}],
    )


def challenge_expired() -> Problem:
    return Problem(
        401,
        "challenge_expired",
        "This sign-in has taken too long, or is finished already.",
        hint="Begin again with auth/login.",
        headers=_BEARER,
    )


def mfa_not_set_up() -> Problem:
    return Problem(
        409,
        "mfa_not_set_up",
        "There is no second factor to verify.",
        hint="Call auth/mfa/setup first and put its secret into an authenticator app.",
    )


def session_expired() -> Problem:
    return Problem(401, "session_expired", "The session has ended.", hint="Sign in again.", headers=_BEARER)


def too_many_attempts(*, retry_after_seconds: int = 60) -> Problem:
    return Problem(
        429,
        "too_many_attempts",
        "There were too many attempts for this account.",
        hint="Wait a while before the next one.",
        retryable=True,
        headers={"Retry-After": str(retry_after_seconds)},
    )
