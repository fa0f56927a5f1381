"""GET /api, the OpenAPI document, and its page with assets served by us.

Swagger UI's files come from the `offapi` package, so nothing is loaded from another origin and the
page needs no inline script.
"""

from importlib import resources
from typing import Final

from flask import Blueprint, Response, current_app, jsonify, redirect, send_file
from pydantic import BaseModel
from werkzeug.exceptions import NotFound

from job_service.routes.problem_page import render_html
from job_service.web.documented import Answer, build_document, documented

blueprint = Blueprint("documents", __name__, url_prefix="/api")

VERSION: Final = "0.1.0"
_ASSETS: Final = {
    "swagger_bundle.js": "text/javascript",
    "swagger_preset.js": "text/javascript",
    "swagger_style.css": "text/css",
}
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>VideoForge API</title>
<link rel="stylesheet" href="/api/docs/swagger_style.css">
</head>
<body>
<div id="docs"></div>
<noscript>The document itself is at <a href="/api/openapi.json">/api/openapi.json</a>.</noscript>
<script src="/api/docs/swagger_bundle.js"></script>
<script src="/api/docs/swagger_preset.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
"""
_START: Final = """SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  persistAuthorization: false,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  tagsSorter: "alpha",
});
"""
#: Swagger UI sets style attributes and draws data: images; it runs no inline script.
_PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


class Links(BaseModel):
    openapi: str
    docs: str
    health: str
    ready: str


class Root(BaseModel):
    name: str
    version: str
    links: Links


@blueprint.get("")
@documented(answers={200: Root}, tag="root", access="public")
def get_root() -> Answer:
    """Show the name and version of this API, and where its documentation is."""
    return Root(
        name="VideoForge",
        version=VERSION,
        links=Links(openapi="/api/openapi.json", docs="/api/docs", health="/api/health", ready="/api/ready"),
    )


@blueprint.get("/openapi.json")
def get_openapi() -> Response:
    response = jsonify(build_document())
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


@blueprint.get("/docs")
def get_docs() -> Response:
    return Response(
        _PAGE,
        mimetype="text/html",
        headers={"Content-Security-Policy": _PAGE_POLICY, "Cache-Control": "public, max-age=60"},
    )


@blueprint.get("/docs/")
def get_docs_with_slash() -> Answer:
    return redirect("/api/docs", 308)


@blueprint.get("/docs/problems")
def get_problems() -> Response:
    """The page that the `type` of every problem links to."""
    return Response(
        render_html(),
        mimetype="text/html",
        headers={"Content-Security-Policy": _PAGE_POLICY, "Cache-Control": "public, max-age=60"},
    )


@blueprint.get("/docs/<name>")
def get_docs_asset(name: str) -> Response:
    if name == "start.js":
        response = Response(_START, mimetype="text/javascript")
    elif name in _ASSETS:
        with resources.as_file(resources.files("offapi") / name) as path:
            response = send_file(path, mimetype=_ASSETS[name], conditional=True)
    else:
        raise NotFound
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def warm_document() -> None:
    """Build the document once at start, so that an error in it shows before the first request."""
    with current_app.app_context():
        build_document()
