"""Who sends the request: the user's access token, verified here again and not trusted from job-service."""

from flask import request

from gallery_service.domain.video import ANONYMOUS, Viewer
from gallery_service.routes.services import get_services
from videoforge.logs import bind_context, get_logger
from videoforge.problems import Code, Problem
from videoforge.tokens import KeySetUnavailable, TokenRefused

_log = get_logger("AUTH")


def get_viewer() -> Viewer:
    """Return the viewer. Raises Problem: 401 for a bad token, or a missing one if viewing needs it; 503."""
    authorization = request.headers.get("Authorization")
    if authorization is None:
        if not get_services().anonymous_viewing:
            raise Problem(Code.sign_in_needed)
        return ANONYMOUS
    scheme, _, token = authorization.partition(" ")
    try:
        if scheme.lower() != "bearer":
            raise TokenRefused("scheme")
        principal = get_services().token_verifier.verify(token.strip())
    except TokenRefused as error:
        _log.info("token refused", reason=error.reason)
        raise Problem(Code.sign_in_needed) from error
    except KeySetUnavailable as error:
        raise Problem(Code.identity_unavailable) from error
    bind_context(user_id=principal.user_id)
    return Viewer(user_id=principal.user_id, is_admin=principal.is_admin)


def get_user() -> Viewer:
    """Return the signed-in user. Raises Problem 401 or 503."""
    viewer = get_viewer()
    if viewer.user_id is None:
        raise Problem(Code.sign_in_needed)
    return viewer
