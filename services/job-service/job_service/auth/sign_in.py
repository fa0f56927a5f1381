"""A sign-in by password, and by code where the account has a second factor."""

from dataclasses import replace
from typing import Final

from job_service.auth.complete_sign_in import Browser, complete_sign_in
from job_service.auth.credentials import Challenge, SignedIn
from job_service.auth.ports import AuthPorts
from job_service.auth.recover import recover
from job_service.auth.register import confirm_at_once
from job_service.auth.seal import SealBroken
from job_service.auth.session import build_one_use_id
from videoforge.problems import Code, Problem

#: A challenge's session lives 3 to 15 minutes in the pool, by its settings.
CHALLENGE_SECONDS: Final = 15 * 60
#: Its mark outlives it.
CHALLENGE_HOURS: Final = 1


def sign_in(
    auth: AuthPorts, *, email: str, password: str, browser: Browser | None = None
) -> SignedIn | Challenge:
    """Raises Problem 401 `invalid_credentials`, for an unknown user and a wrong password alike, and 403
    `user_not_confirmed`."""
    try:
        answer = auth.identity.sign_in(email, password=password)
    except Problem as problem:
        if problem.code != Code.user_not_confirmed.name or not auth.confirms_at_once:
            raise
        confirm_at_once(auth, email=email)
        answer = auth.identity.sign_in(email, password=password)
    if isinstance(answer, Challenge):
        # sealed, so that only a session that a right password opened can be answered: the local pool takes
        # any text for one
        return replace(answer, session=auth.seal.seal_challenge(answer.session, email=email))
    return complete_sign_in(auth, email=email, tokens=answer, browser=browser)


def answer_challenge(
    auth: AuthPorts,
    *,
    email: str,
    session: str,
    code: str | None,
    recovery_code: str | None = None,
    browser: Browser | None = None,
) -> SignedIn:
    """Finish a sign-in with the code of the second factor, or with a recovery code. A wrong code may be tried
    again; a session that has signed in once, or is being tried at this moment, may not.

    Raises Problem 422 `code_mismatch`, 401 `challenge_expired`.
    """
    try:
        opened = auth.seal.open_challenge(session, email=email, max_age_seconds=CHALLENGE_SECONDS)
    except SealBroken as error:
        raise Problem(Code.challenge_expired) from error
    mark = build_one_use_id("challenge", secret=session)
    with auth.database.begin() as tx:
        is_first = tx.sign_ins.revoke(mark, hours=CHALLENGE_HOURS)
    if not is_first:
        raise Problem(Code.challenge_expired)
    try:
        if recovery_code is not None:
            tokens = recover(auth, email=email, session=opened, recovery_code=recovery_code)
        else:
            tokens = auth.identity.answer_challenge(email, session=opened, code=code or "")
    except Problem:
        with auth.database.begin() as tx:
            tx.sign_ins.restore(mark)
        raise
    return complete_sign_in(auth, email=email, tokens=tokens, browser=browser)
