"""The second factor, an authenticator app (TOTP, RFC 6238): set-up, verification, new recovery
codes, removal.

It is protected against a stolen session: setting it up and changing it need the password if the
sign-in is old, and changing it needs a code as well. A recovery code has 60 random bits, 20 of
which its selector reveals.
"""

import secrets
from typing import Final

import pyotp

from job_service.auth.caller import Caller
from job_service.auth.ports import AuthPorts, KeptCode
from job_service.auth.reauthenticate import check_code, check_freshness
from job_service.auth.recovery_code import ALPHABET, CHARACTERS, CODES, RecoveryCode, split_code
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem

#: What authenticator apps show above the code.
_ISSUER: Final = "VideoForge"
_log = get_logger("AUTH")


def make_recovery_codes() -> list[RecoveryCode]:
    """Return new codes with different selectors."""
    codes: dict[str, RecoveryCode] = {}
    while len(codes) < CODES:
        code = split_code("".join(secrets.choice(ALPHABET) for _ in range(CHARACTERS)))
        codes[code.selector] = code
    return list(codes.values())


def start_mfa(auth: AuthPorts, *, caller: Caller, password: str | None = None) -> tuple[str, str]:
    """Return a new secret and its otpauth:// URL for a QR code. Sign-in requires no code until it
    is verified.

    Raises Problem 409 `mfa_is_on`, 403 `reauthentication_needed`, 422 `wrong_password`.
    """
    profile = auth.identity.get_profile(caller.access_token)
    if profile.has_mfa:
        raise Problem(Code.mfa_is_on)
    check_freshness(auth, caller=caller, email=profile.email, password=password)
    secret = auth.identity.start_mfa(caller.access_token)
    sealed = auth.seal.seal_factor(secret, user_id=caller.user_id)
    with auth.database.begin() as tx:
        tx.factors.save_pending(caller.user_id, sealed=sealed, key_name=auth.seal.key_name)
    return secret, pyotp.TOTP(secret).provisioning_uri(name=profile.email, issuer_name=_ISSUER)


def verify_mfa(auth: AuthPorts, *, caller: Caller, code: str) -> list[str]:
    """Require a code at every sign-in from now on, and return the recovery codes, which are shown
    only once.

    Raises Problem 422 `code_mismatch`, 409 `mfa_not_set_up` or `mfa_is_on`.
    """
    if auth.identity.get_profile(caller.access_token).has_mfa:
        raise Problem(Code.mfa_is_on)
    with auth.database.begin() as tx:
        kept = tx.factors.find_factor(caller.user_id)
    if kept is None or kept.sealed_pending is None:
        raise Problem(Code.mfa_not_set_up)
    auth.identity.verify_mfa(caller.access_token, code=code)
    codes = _replace_codes(auth, user_id=caller.user_id, is_set_up=True)
    _log.info("second factor turned on", user_id=caller.user_id)
    return codes


def renew_recovery_codes(auth: AuthPorts, *, caller: Caller, code: str, password: str | None) -> list[str]:
    """Return new recovery codes; the old ones stop working. Raises like `stop_mfa`."""
    _prove(auth, caller=caller, code=code, password=password)
    codes = _replace_codes(auth, user_id=caller.user_id, is_set_up=False)
    _log.info("recovery codes renewed", user_id=caller.user_id)
    return codes


def stop_mfa(auth: AuthPorts, *, caller: Caller, code: str, password: str | None) -> None:
    """Require only a password from now on.

    Raises Problem 409 `mfa_not_set_up`, 403 `reauthentication_needed`, 422 `wrong_password` or
    `code_mismatch`.
    """
    _prove(auth, caller=caller, code=code, password=password)
    auth.identity.stop_mfa(caller.access_token)
    with auth.database.begin() as tx:
        tx.factors.delete_factor(caller.user_id)
    _log.info("second factor turned off", user_id=caller.user_id)


def _prove(auth: AuthPorts, *, caller: Caller, code: str, password: str | None) -> None:
    """The password is checked first: otherwise a wrong password would waste the code."""
    profile = auth.identity.get_profile(caller.access_token)
    if not profile.has_mfa:
        raise Problem(Code.mfa_not_set_up)
    check_freshness(auth, caller=caller, email=profile.email, password=password)
    check_code(auth, user_id=caller.user_id, email=profile.email, code=code, password=password)


def _replace_codes(auth: AuthPorts, *, user_id: str, is_set_up: bool) -> list[str]:
    codes = make_recovery_codes()
    kept = [KeptCode(selector=code.selector, secret_hash=auth.code_hash.hash(code)) for code in codes]
    with auth.database.begin() as tx:
        if is_set_up:
            tx.factors.confirm_pending(user_id)
        tx.factors.replace_codes(user_id, codes=kept)
    return [code.render() for code in codes]
