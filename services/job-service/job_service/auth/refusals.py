"""The refusals of auth that name the field at fault; the others are raised by their code alone.

An unknown user and a wrong password get the same words. So do an unknown user and a wrong code, and asking
for a code tells nobody whether an account exists. Only `email_taken` tells: a sign-up that pretended to work
would leave an honest person waiting for a code that never comes, and it is limited to five a minute.
"""

from collections.abc import Sequence

from videoforge.problems import Code, Problem


def wrong_password(*, field: str = "current_password") -> Problem:
    return Problem(
        Code.wrong_password, errors=[{"field": field, "message": "This is not the current password."}]
    )


def weak_password(missing: Sequence[str], *, field: str) -> Problem:
    """`missing` are phrases of password.list_missing."""
    faults = [{"field": field, "message": f"The password needs {phrase}."} for phrase in missing]
    return Problem(Code.weak_password, errors=faults)


def code_mismatch() -> Problem:
    return Problem(Code.code_mismatch, errors=[{"field": "code", "message": "This is not the code."}])


def code_expired() -> Problem:
    return Problem(Code.code_expired, errors=[{"field": "code", "message": "This code has expired."}])
