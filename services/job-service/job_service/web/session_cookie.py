"""The browser's session cookie, and the proof that a change made with it comes from our own pages.

Over HTTPS the name starts with `__Host-`, which browsers accept only with Secure, Path=/ and no
Domain, so no neighbouring host can plant one (RFC 6265bis, section 4.1.3.2). A change needs a
header that no form can send and one of our own origins: SameSite=Lax alone lets other ports and
sub-domains of our site through.
"""

from typing import Final
from urllib.parse import urlsplit

from flask import Response, after_this_request, request
from werkzeug.datastructures import Headers

from job_service.settings import Settings
from job_service.web.services import get_services
from videoforge.problems import Code, Problem

NAME: Final = "videoforge_session"
CLIENT_HEADER: Final = "X-VideoForge-Client"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_SECONDS_PER_DAY: Final = 86_400


def build_cookie_name(settings: Settings) -> str:
    return f"__Host-{NAME}" if settings.public_url.startswith("https://") else NAME


def find_secret() -> str | None:
    """Return the session secret from the request's cookie."""
    return request.cookies.get(build_cookie_name(get_services().platform.settings)) or None


def is_web_client() -> bool:
    """Say whether the request comes from our web client in a browser, which gets a cookie instead
    of tokens."""
    return request.headers.get(CLIENT_HEADER, "").lower() == "web"


def set_cookie(secret: str) -> None:
    """Set the cookie on the answer to this request."""

    @after_this_request
    def add(response: Response) -> Response:
        settings = get_services().platform.settings
        response.set_cookie(
            build_cookie_name(settings),
            secret,
            max_age=settings.session_days * _SECONDS_PER_DAY,
            path="/",
            httponly=True,
            secure=settings.public_url.startswith("https://"),
            samesite="Lax",
        )
        return response


def clear_cookie() -> None:
    """Delete the cookie with the answer to this request, even if that is a problem."""

    @after_this_request
    def remove(response: Response) -> Response:
        settings = get_services().platform.settings
        response.delete_cookie(
            build_cookie_name(settings),
            path="/",
            httponly=True,
            secure=settings.public_url.startswith("https://"),
            samesite="Lax",
        )
        return response


def refuse_foreign_change() -> None:
    """Raise Problem 403 `csrf_refused` for a change that may come from another site's page."""
    if request.method in _SAFE_METHODS:
        return
    allowed = list_own_origins(get_services().platform.settings)
    if not is_web_client() or not is_own_origin(request.headers, allowed=allowed):
        raise Problem(Code.csrf_refused)


def list_own_origins(settings: Settings) -> frozenset[str]:
    """Return the origins whose pages may act for a session: the public one and those of
    CORS_ORIGINS."""
    others = (origin.strip().rstrip("/") for origin in settings.cors_origins.split(","))
    return frozenset({settings.public_url, *filter(None, others)})


def is_own_origin(headers: Headers, *, allowed: frozenset[str]) -> bool:
    """Decide by Origin, which browsers send with every change; without it by Sec-Fetch-Site, and
    last by Referer. A request with none of them is treated as another site's."""
    origin = headers.get("Origin")
    if origin is not None:
        return origin in allowed
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    referer = urlsplit(headers.get("Referer", ""))
    return f"{referer.scheme}://{referer.netloc}" in allowed
