"""auth/mfa/…: the signed-in user's second factor and its recovery codes."""

from flask import Blueprint

from job_service.auth import second_factor
from job_service.routes.schemas import auth as bodies
from job_service.web.current_user import require_user
from job_service.web.documented import Answer, documented
from job_service.web.limits import limit_sign_in, limit_wrong_codes
from job_service.web.services import get_services

blueprint = Blueprint("second_factor", __name__, url_prefix="/api/auth/mfa")


@blueprint.post("/setup")
@documented(answers={200: bodies.MfaSecret}, errors=(403, 409, 503), tag="auth", access="user")
@limit_sign_in
@limit_wrong_codes
def set_up_mfa(json: bodies.SetUpMfa) -> Answer:
    """Create a secret for an authenticator app. It becomes active once auth/mfa/verify has accepted
    a code.

    An old sign-in also needs the password: 403 `reauthentication_needed`.
    """
    password = json.password.get_secret_value() if json.password else None
    secret, url = second_factor.start_mfa(get_services().auth, caller=require_user(), password=password)
    return bodies.MfaSecret(secret=secret, otpauth_url=url)


@blueprint.post("/verify")
@documented(answers={200: bodies.RecoveryCodes}, errors=(409, 503), tag="auth", access="user")
@limit_sign_in
@limit_wrong_codes
def verify_mfa(json: bodies.VerifyMfa) -> Answer:
    """Turn the second factor on with a first code, and get recovery codes in case the app is
    lost."""
    codes = second_factor.verify_mfa(get_services().auth, caller=require_user(), code=json.code)
    return bodies.RecoveryCodes(recovery_codes=codes)


@blueprint.post("/recovery-codes")
@documented(answers={200: bodies.RecoveryCodes}, errors=(403, 409, 503), tag="auth", access="user")
@limit_sign_in
@limit_wrong_codes
def renew_recovery_codes(json: bodies.ProveMfa) -> Answer:
    """Create new recovery codes; the old ones stop working."""
    codes = second_factor.renew_recovery_codes(
        get_services().auth,
        caller=require_user(),
        code=json.code,
        password=json.password.get_secret_value() if json.password else None,
    )
    return bodies.RecoveryCodes(recovery_codes=codes)


@blueprint.post("/disable")
@documented(answers={204: None}, errors=(403, 409, 503), tag="auth", access="user")
@limit_sign_in
@limit_wrong_codes
def stop_mfa(json: bodies.ProveMfa) -> Answer:
    """Turn the second factor off. An old sign-in also needs the password, as in auth/mfa/setup."""
    second_factor.stop_mfa(
        get_services().auth,
        caller=require_user(),
        code=json.code,
        password=json.password.get_secret_value() if json.password else None,
    )
    return "", 204
