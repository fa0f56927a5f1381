"""auth/…: accounts, sign-in and sign-out, browser sessions; the second factor is in
second_factor.py.

API clients get tokens and send them as `Authorization: Bearer`; a browser sends
`X-VideoForge-Client: web` and gets a session cookie instead.
"""

from flask import Blueprint, request

from job_service.auth import account, passwords, sessions, sign_in, sign_out
from job_service.auth.caller import Caller
from job_service.auth.credentials import Challenge, SignedIn
from job_service.auth.sign_in import Browser, refresh_tokens
from job_service.routes.schemas import auth as bodies
from job_service.web.current_user import find_user, require_user
from job_service.web.documented import Answer, documented
from job_service.web.limits import get_address, limit_sign_in, limit_wrong_codes
from job_service.web.services import get_services
from job_service.web.session_cookie import (
    clear_cookie,
    find_secret,
    is_web_client,
    refuse_foreign_change,
    set_cookie,
)
from videoforge.problems import Problem

blueprint = Blueprint("auth", __name__, url_prefix="/api/auth")

_SECONDS_PER_DAY = 86_400


@blueprint.post("/register")
@documented(answers={201: bodies.Registered}, errors=(403, 409, 503), tag="auth", access="public")
@limit_sign_in
def register_user(json: bodies.Register) -> Answer:
    """Create an account. `confirmed` says whether it can sign in immediately."""
    user = account.register(get_services().auth, email=json.email, password=json.password.get_secret_value())
    return bodies.Registered(user_id=user.user_id, confirmed=user.is_confirmed), 201


@blueprint.post("/confirm")
@documented(answers={204: None}, errors=(503,), tag="auth", access="public")
@limit_sign_in
def confirm_user(json: bodies.Confirm) -> Answer:
    """Confirm the email address with the code that was sent to it."""
    account.confirm(get_services().auth, email=json.email, code=json.code)
    return "", 204


@blueprint.post("/resend-code")
@documented(answers={204: None}, errors=(503,), tag="auth", access="public")
@limit_sign_in
def resend_code(json: bodies.JustEmail) -> Answer:
    """Send the confirmation code again. The answer is the same if there is nothing to confirm."""
    account.send_code_again(get_services().auth, email=json.email)
    return "", 204


@blueprint.post("/login")
@documented(answers={200: bodies.SignInAnswer}, errors=(401, 403, 503), tag="auth", access="public")
@limit_sign_in
def login(json: bodies.Login) -> Answer:
    """Sign in with email and password. An unknown email and a wrong password get the same
    answer."""
    password = json.password.get_secret_value()
    answer = sign_in.sign_in(
        get_services().auth, email=json.email, password=password, browser=_find_browser()
    )
    return _answer_sign_in(answer)


@blueprint.post("/mfa")
@documented(answers={200: bodies.SignInAnswer}, errors=(401, 403, 503), tag="auth", access="public")
@limit_sign_in
@limit_wrong_codes
def answer_mfa(json: bodies.AnswerChallenge) -> Answer:
    """Complete a sign-in with the code of the authenticator app, or with a recovery code."""
    answer = sign_in.answer_challenge(
        get_services().auth,
        email=json.email,
        session=json.session.get_secret_value(),
        code=json.code,
        recovery_code=json.recovery_code,
        browser=_find_browser(),
    )
    return _answer_sign_in(answer)


@blueprint.post("/refresh")
@documented(answers={200: bodies.SignInAnswer}, errors=(401, 503), tag="auth", access="public")
def refresh(json: bodies.Refresh) -> Answer:
    """Get a new access token. Browsers do not need this: the server renews theirs."""
    token = json.refresh_token.get_secret_value()
    return _answer_program(refresh_tokens(get_services().auth, refresh_token=token))


@blueprint.post("/logout")
@documented(answers={204: None}, errors=(401, 403, 503), tag="auth", access="user")
def logout(json: bodies.Logout) -> Answer:
    """Sign out immediately on all devices."""
    token = json.refresh_token.get_secret_value() if json.refresh_token else None
    sign_out.sign_out(get_services().auth, caller=require_user(), refresh_token=token)
    clear_cookie()
    return "", 204


@blueprint.post("/forgot-password")
@documented(answers={204: None}, errors=(503,), tag="auth", access="public")
@limit_sign_in
def forget_password(json: bodies.JustEmail) -> Answer:
    """Send a code for setting a new password. The answer is the same for an unknown email."""
    passwords.send_reset_code(get_services().auth, email=json.email)
    return "", 204


@blueprint.post("/reset-password")
@documented(answers={204: None}, errors=(503,), tag="auth", access="public")
@limit_sign_in
def reset_password(json: bodies.ResetPassword) -> Answer:
    """Set a new password with the code; every sign-in ends."""
    passwords.reset_password(
        get_services().auth, email=json.email, code=json.code, new=json.new_password.get_secret_value()
    )
    return "", 204


@blueprint.post("/change-password")
@documented(answers={200: bodies.SignInAnswer}, errors=(403, 503), tag="auth", access="user")
@limit_sign_in
def change_password(json: bodies.ChangePassword) -> Answer:
    """Change the password. Every sign-in ends and this one is replaced: the answer is that of
    auth/login."""
    caller = require_user()
    answer = passwords.change_password(
        get_services().auth,
        caller=caller,
        current=json.current_password.get_secret_value(),
        new=json.new_password.get_secret_value(),
        browser=_find_browser() if caller.session_id else None,
    )
    return _answer_sign_in(answer)


@blueprint.get("/me")
@documented(answers={200: bodies.Me}, errors=(503,), tag="auth", access="user")
def get_me() -> Answer:
    """Show the signed-in user."""
    return _build_me(require_user())


@blueprint.get("/session")
@documented(answers={200: bodies.CurrentSession}, errors=(503,), tag="auth", access="public")
def get_session() -> Answer:
    """Show the user signed in in this browser, or null. Browsers log each 401, so pages call this
    one first; auth/me is for API clients. For a session that has ended the answer is null, and its
    cookie is cleared."""
    try:
        caller = find_user()
    except Problem as problem:
        if problem.status != 401 or "Authorization" in request.headers:
            raise
        caller = None
    return bodies.CurrentSession(user=None if caller is None else _build_me(caller))


@blueprint.get("/sessions")
@documented(answers={200: bodies.SessionList}, tag="auth", access="user")
def list_sessions() -> Answer:
    """List the browsers that are signed in, most recently used first."""
    caller = require_user()
    found = sessions.list_sessions(get_services().auth, caller=caller)
    items = [
        bodies.SessionItem.model_validate(
            {
                name: session.id == caller.session_id if name == "is_current" else getattr(session, name)
                for name in bodies.SessionItem.model_fields
            }
        )
        for session in found
    ]
    return bodies.SessionList(items=items)


@blueprint.delete("/sessions/<session_id>")
@documented(answers={204: None}, errors=(403, 404), tag="auth", access="user")
def end_session(session_id: str) -> Answer:
    """Sign one browser out."""
    caller = require_user()
    sign_out.end_session(get_services().auth, caller=caller, session_id=session_id)
    if session_id == caller.session_id:
        clear_cookie()
    return "", 204


def _build_me(caller: Caller) -> bodies.Me:
    profile, codes_left = account.get_profile(get_services().auth, caller=caller)
    return bodies.Me(
        id=caller.user_id,
        email=profile.email,
        groups=sorted(caller.groups),
        mfa_enabled=profile.has_mfa,
        recovery_codes_left=codes_left,
    )


def _find_browser() -> Browser | None:
    """Return what a session needs, or None for an API client. Pages of other sites cannot sign
    anyone in."""
    if not is_web_client():
        return None
    refuse_foreign_change()
    return Browser(
        user_agent=request.headers.get("User-Agent", "")[:300],
        address=get_address(),
        old_secret=find_secret(),
    )


def _answer_sign_in(answer: SignedIn | Challenge) -> Answer:
    if isinstance(answer, Challenge):
        challenge = bodies.ChallengeAnswer(challenge="SOFTWARE_TOKEN_MFA", session=answer.session)
        return bodies.SignInAnswer(challenge)
    if answer.session_secret is None:
        return _answer_program(answer)
    set_cookie(answer.session_secret)
    seconds = get_services().auth.session_days * _SECONDS_PER_DAY
    return bodies.SignInAnswer(bodies.BrowserSignIn(expires_in=seconds, user=_build_user(answer)))


def _answer_program(answer: SignedIn) -> Answer:
    return bodies.SignInAnswer(
        bodies.ProgramSignIn(
            access_token=answer.tokens.access_token,
            id_token=answer.tokens.id_token,
            refresh_token=answer.tokens.refresh_token,
            expires_in=answer.tokens.expires_in_seconds,
            user=_build_user(answer),
        )
    )


def _build_user(answer: SignedIn) -> bodies.User:
    return bodies.User(id=answer.user_id, email=answer.email, groups=sorted(answer.groups))
