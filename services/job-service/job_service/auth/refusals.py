"""The auth problems that name the field at fault; the others are raised by their code alone.

An unknown user and a wrong password get the same answer. So do an unknown user and a wrong code,
and requesting a code does not reveal whether an account exists. Only `email_taken` does: a sign-up
that only pretended to work would leave a genuine user waiting for a code that never comes, and
sign-up is limited to five a minute.
"""

from collections.abc import Sequence

from videoforge.problems import Code, Problem


def wrong_password(*, field: str = "current_password") -> Problem:
    return Problem(
        Code.wrong_password, errors=[{"field": field, "message": "This is not the current password."}]
    )


def weak_password(missing: Sequence[str], *, field: str) -> Problem:
    """`missing` holds phrases from password.list_missing."""
    faults = [{"field": field, "message": f"The password needs {phrase}."} for phrase in missing]
    return Problem(Code.weak_password, errors=faults)


def code_mismatch() -> Problem:
    return Problem(Code.code_mismatch, errors=[{"field": "code", "message": "This code is wrong."}])


def code_expired() -> Problem:
    return Problem(Code.code_expired, errors=[{"field": "code", "message": "This code has expired."}])
