"""CORS: pages of other origins may call the API only if CORS_ORIGINS lists them, each exactly.

Fetch Standard, "HTTP-network-or-cache fetch" and "CORS protocol": with credentials, neither the
origin nor the header names may be `*`, and caches must distinguish origins by `Vary`.
"""

from typing import Final

from flask import Flask, Response, request

from job_service.settings import Settings
from job_service.web.session_cookie import CLIENT_HEADER

_METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE"
_HEADERS: Final = (
    f"Authorization, Content-Type, Idempotency-Key, Last-Event-ID, {CLIENT_HEADER}, X-Request-Id"
)
_EXPOSED: Final = "Retry-After, X-Request-Id"
_PREFLIGHT_SECONDS: Final = "600"


def install_cors(app: Flask, *, settings: Settings) -> None:
    """Register the hooks on the app; without CORS_ORIGINS there is nothing to do, as everything is
    one origin."""
    allowed = frozenset(origin.strip().rstrip("/") for origin in settings.cors_origins.split(",")) - {""}
    if not allowed:
        return

    def allow(response: Response) -> Response:
        response.vary.add("Origin")
        origin = request.headers.get("Origin")
        if origin in allowed:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Allow-Credentials"] = "true"
            response.headers["Access-Control-Expose-Headers"] = _EXPOSED
        return response

    def answer_preflight() -> Response | None:
        is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        if not is_preflight or request.headers.get("Origin") not in allowed:
            return None
        answer = Response(status=204)
        answer.headers["Access-Control-Allow-Methods"] = _METHODS
        answer.headers["Access-Control-Allow-Headers"] = _HEADERS
        answer.headers["Access-Control-Max-Age"] = _PREFLIGHT_SECONDS
        return answer

    app.before_request(answer_preflight)
    app.after_request(allow)
