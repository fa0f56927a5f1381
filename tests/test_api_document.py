"""docs/api.md has a curl line for every route of the OpenAPI document, and for no other."""

import json
import re

from tests.house.curl_lines import list_curl_lines, parse_line
from tests.house.repository import ROOT

LINES = list_curl_lines((ROOT / "docs/api.md").read_text(encoding="utf-8"))


def list_document_routes() -> set[tuple[str, str]]:
    document = json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))
    return {
        (method.upper(), re.sub(r"\{[^}]*\}", "{}", path))
        for path, operations in document["paths"].items()
        for method in operations
        if path.startswith("/api")
    }


def test_every_route_has_a_line_and_every_line_a_route():
    shown = {(line.method, line.path) for line in LINES if line.path}
    routes = list_document_routes()
    assert not routes - shown, "routes without a curl line in docs/api.md"
    assert not shown - routes, "curl lines of docs/api.md without a route"


def test_every_line_promises_a_status():
    assert len(LINES) > 50
    assert not [line.text for line in LINES if line.status is None]


def test_a_line_is_read_as_curl_would():
    assert parse_line('X=$(curl -H "$AUTH" "$VF/api/jobs?status=completed")  # 200').path == "/api/jobs"
    assert parse_line("curl $VF/api/jobs/$JOB_ID/events  # 200").path == "/api/jobs/{}/events"
    assert parse_line("curl $VF/api/auth/login --json '{}'  # 200").method == "POST"
    assert parse_line('curl -T film "$URL"  # 200').path == ""
