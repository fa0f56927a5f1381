"""Re-authentication: checks that the account's owner is still the one asking, by the password if
the sign-in is old, and by a code of the second factor."""

from datetime import timedelta
from typing import Final

from job_service.auth.caller import Caller
from job_service.auth.credentials import Challenge, TokenSet
from job_service.auth.ports import AuthPorts, KeptCode
from job_service.auth.recovery_code import RecoveryCode, read_recovery_code
from job_service.auth.refusals import code_mismatch, wrong_password
from job_service.auth.seal import SealBroken
from job_service.auth.session import build_one_use_id
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem

#: An authenticator code is valid for a minute and a half; the record of its use outlives it.
_MARK_HOURS: Final = 1

_log = get_logger("AUTH")


def check_freshness(auth: AuthPorts, *, caller: Caller, email: str, password: str | None) -> None:
    """Raises Problem 403 `reauthentication_needed` for an old sign-in without a password, 422
    `wrong_password`."""
    if password is not None:
        _revoke_quietly(auth, _sign_in(auth, email=email, password=password))
    elif auth.clock() - caller.signed_in_at >= timedelta(minutes=auth.fresh_minutes):
        raise Problem(Code.reauthentication_needed)


def check_code(auth: AuthPorts, *, user_id: str, email: str, code: str, password: str | None) -> None:
    """Use up a second-factor code, either the authenticator's or a recovery code.

    If the secret is not stored, as for a second factor set up before we stored secrets, the pool
    checks the code itself, which requires the password. Raises Problem 422 `code_mismatch`, 403
    `reauthentication_needed`.
    """
    recovery_code = read_recovery_code(code)
    if recovery_code is not None:
        take_recovery_code(auth, user_id=user_id, code=recovery_code)
        return
    secret = find_secret(auth, user_id=user_id)
    if secret is None:
        _ask_pool(auth, email=email, code=code, password=password)
        return
    step = auth.authenticator.find_step(secret, code=code)
    if step is None:
        raise code_mismatch()
    mark = build_one_use_id("totp", secret=f"{user_id}:{step}")
    with auth.database.begin() as tx:
        if not tx.sign_ins.revoke(mark, hours=_MARK_HOURS):
            raise code_mismatch()


def take_recovery_code(auth: AuthPorts, *, user_id: str, code: RecoveryCode) -> KeptCode:
    """Use up a recovery code and return its stored row. Raises Problem 422 `code_mismatch`."""
    with auth.database.begin() as tx:
        kept = tx.factors.find_code(user_id, selector=code.selector)
    # outside the transaction, because the hash is slow
    is_right = auth.code_hash.is_right(code, secret_hash=kept.secret_hash if kept else None)
    if kept is None or not is_right:
        raise code_mismatch()
    with auth.database.begin() as tx:
        if not tx.factors.take_code(user_id, code=kept):
            raise code_mismatch()
    _log.info("recovery code used", user_id=user_id)
    return kept


def put_back(auth: AuthPorts, *, user_id: str, code: KeptCode) -> None:
    with auth.database.begin() as tx:
        tx.factors.put_code_back(user_id, code=code)


def find_secret(auth: AuthPorts, *, user_id: str) -> str | None:
    """Return the authenticator's secret; None if it is not stored, or was sealed with a key that is
    gone."""
    with auth.database.begin() as tx:
        kept = tx.factors.find_factor(user_id)
    if kept is None or kept.sealed_secret is None:
        return None
    try:
        return auth.seal.open_factor(kept.sealed_secret, user_id=user_id)
    except SealBroken:
        _log.error("second factor sealed with a key missing from SESSION_KEYS", user_id=user_id)
        return None


def _sign_in(auth: AuthPorts, *, email: str, password: str) -> TokenSet | Challenge:
    try:
        return auth.identity.sign_in(email, password=password)
    except Problem as problem:
        if problem.code == Code.invalid_credentials.name:
            raise wrong_password(field="password") from problem
        raise


def _ask_pool(auth: AuthPorts, *, email: str, code: str, password: str | None) -> None:
    if password is None:
        raise Problem(Code.reauthentication_needed)
    answer = _sign_in(auth, email=email, password=password)
    if isinstance(answer, Challenge):
        answer = auth.identity.answer_challenge(email, session=answer.session, code=code)
    _revoke_quietly(auth, answer)


def _revoke_quietly(auth: AuthPorts, answer: TokenSet | Challenge) -> None:
    """End a sign-in that only served as proof. Its tokens were never given out, so a pool that is
    down does no harm."""
    if isinstance(answer, Challenge):
        return
    try:
        auth.identity.revoke(answer.refresh_token)
    except Problem as problem:
        _log.warning("could not revoke the refresh token of a re-authentication", error_code=problem.code)
