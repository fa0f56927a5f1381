"""A second factor by authenticator app (TOTP, RFC 6238): set up, verified, removed."""

from urllib.parse import quote, urlencode

from job_service.domain.caller import Caller
from job_service.domain.credentials import Profile
from job_service.ports.auth import AuthPorts


def start_mfa(auth: AuthPorts, *, caller: Caller) -> tuple[str, str]:
    """Return a new secret and its otpauth:// URL for a QR code. Nothing is asked for until it is verified."""
    email = caller.email or auth.identity.get_profile(caller.access_token).email
    secret = auth.identity.start_mfa(caller.access_token)
    return secret, build_otpauth_url(email, secret=secret)


def verify_mfa(auth: AuthPorts, *, caller: Caller, code: str) -> None:
    """Ask for a code at every sign-in from now on.

    Raises Problem 422 `code_mismatch`, 409 `mfa_not_set_up`.
    """
    auth.identity.verify_mfa(caller.access_token, code=code)


def stop_mfa(auth: AuthPorts, *, caller: Caller) -> None:
    """Ask for a password alone; a second call does nothing."""
    auth.identity.stop_mfa(caller.access_token)


def get_profile(auth: AuthPorts, *, caller: Caller) -> Profile:
    """Return who the caller is to the pool."""
    return auth.identity.get_profile(caller.access_token)


def build_otpauth_url(email: str, *, secret: str) -> str:
    """Return the address that authenticator apps read ("Key Uri Format", Google Authenticator wiki)."""
    label = quote(f"VideoForge:{email}", safe="@")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': 'VideoForge'})}"
