"""Only VideoForge's own services may call: each request shows the service token."""

from typing import Final

from flask import request

from gallery_service.routes.services import get_services
from videoforge.problems import Code, Problem
from videoforge.service_tokens import HEADER

#: Asked by supervisors, which have no token and learn nothing.
_OPEN_BLUEPRINT: Final = "health"


def check_service_token() -> None:
    """Runs before the address is looked up, so that a stranger does not learn which ones there are. Raises
    Problem 403."""
    if request.blueprint == _OPEN_BLUEPRINT:
        return
    if not get_services().service_tokens.is_accepted(request.headers.get(HEADER)):
        raise Problem(Code.service_token_refused)
