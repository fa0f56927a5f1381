"""A sign-in by password, and by code where the account has a second factor."""

from job_service.domain.auth_refusals import challenge_expired
from job_service.domain.credentials import Challenge, SignedIn
from job_service.domain.session import build_one_use_id
from job_service.errors import Problem
from job_service.ports.auth import AuthPorts
from job_service.use_cases.auth.complete_sign_in import Browser, complete_sign_in
from job_service.use_cases.auth.register import confirm_at_once

#: A challenge's session lives 3 to 15 minutes in the pool; its mark outlives it.
CHALLENGE_HOURS = 1


def sign_in(
    auth: AuthPorts, *, email: str, password: str, browser: Browser | None = None
) -> SignedIn | Challenge:
    """Raises Problem 401 `invalid_credentials`, for an unknown user and a wrong password alike, and 403
    `user_not_confirmed`."""
    try:
        answer = auth.identity.sign_in(email, password=password)
    except Problem as problem:
        if problem.code != "user_not_confirmed" or not auth.confirms_at_once:
            raise
        confirm_at_once(auth, email=email)
        answer = auth.identity.sign_in(email, password=password)
    if isinstance(answer, Challenge):
        return answer
    return complete_sign_in(auth, email=email, tokens=answer, browser=browser)


def answer_challenge(
    auth: AuthPorts, *, email: str, session: str, code: str, browser: Browser | None = None
) -> SignedIn:
    """Finish a sign-in with the code of the second factor. A wrong code may be tried again; a session that
    has signed in once, or is being tried at this moment, may not.

    Raises Problem 422 `code_mismatch`, 401 `challenge_expired`.
    """
    mark = build_one_use_id("challenge", secret=session)
    with auth.database.begin() as transaction:
        is_first = auth.sign_ins.revoke(transaction, mark, hours=CHALLENGE_HOURS)
    if not is_first:
        raise challenge_expired()
    try:
        tokens = auth.identity.answer_challenge(email, session=session, code=code)
    except Problem:
        with auth.database.begin() as transaction:
            auth.sign_ins.restore(transaction, mark)
        raise
    return complete_sign_in(auth, email=email, tokens=tokens, browser=browser)
