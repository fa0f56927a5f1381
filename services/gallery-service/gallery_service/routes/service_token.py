"""Only VideoForge's own services may call: each request carries the service token."""

from typing import Final

from flask import request

from gallery_service.routes.services import get_services
from videoforge.problems import Code, Problem
from videoforge.service_tokens import HEADER

#: For supervisors, which have no token and learn nothing from it.
_OPEN_BLUEPRINT: Final = "health"


def check_service_token() -> None:
    """Raise Problem 403 without a valid token, for unknown addresses too: a stranger does not learn
    which ones exist."""
    if request.blueprint == _OPEN_BLUEPRINT:
        return
    if not get_services().service_tokens.is_accepted(request.headers.get(HEADER)):
        raise Problem(Code.service_token_refused)
