"""A16: only administrators and our own services reach what is meant for them, whatever the path."""

import http.client
import json

import pytest

from tests.attacks.kit.api_routes import ROUTES, Route, build_body, fill
from tests.attacks.kit.people import UNKNOWN_ID, read_problem

pytestmark = [pytest.mark.e2e, pytest.mark.attacks]

ADMIN_ROUTES = [route for route in ROUTES if route.is_for_admins]
INTERNAL = (
    "/internal/tasks/{id}/claim",
    "/internal/tasks/{id}/complete",
    "/internal/videos/{id}",
    "/api/internal/tasks/{id}/claim",
    "/api/../internal/tasks/{id}/claim",
    "/api/%2e%2e/internal/tasks/{id}/claim",
    "/api/..%2finternal/tasks/{id}/claim",
    "/media/..%2f..%2finternal/tasks/{id}/claim",
    "/media/../internal/tasks/{id}/claim",
    "//internal/tasks/{id}/claim",
    "/INTERNAL/tasks/{id}/claim",
    "/api/gallery/videos/..%2f..%2f..%2finternal%2fvideos%2f{id}",
    "/metrics",
    "/health",
    "/api/metrics",
)
#: Headers that some servers take a path, a method or a permission from.
CLAIMS = (
    {"X-Original-URL": "/internal/tasks/x/claim"},
    {"X-Rewrite-URL": "/internal/tasks/x/claim"},
    {"X-Forwarded-Prefix": "/internal"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"X-Method-Override": "DELETE"},
    {"X-Forwarded-Host": "evil.example"},
    {"X-Forwarded-User": "admin"},
    {"X-User-Id": "admin"},
    {"X-Real-IP": "127.0.0.1", "X-Forwarded-For": "127.0.0.1"},
    {"X-VideoForge-Service-Token": "{token}"},
)


@pytest.mark.parametrize("route", ADMIN_ROUTES, ids=str)
def test_an_administrators_route_is_closed_to_a_user_and_to_nobody(
    stranger, nobody, belongings, route: Route
):
    places = belongings.name_places()
    path, body = fill(route.path, places), build_body(route.operation, places)
    assert read_problem(stranger.send(route.method, path, json=body)) == (403, "admin_only")
    assert read_problem(nobody.send(route.method, path, json=body)) == (401, "sign_in_needed")


@pytest.mark.parametrize("path", INTERNAL)
@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_no_way_through_the_edge_leads_to_our_own_services(stack, secrets, verb, path):
    """With the correct service token, so that only the path is tested."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.settings.edge_port, timeout=10)
    headers = {"Content-Type": "application/json", "X-VideoForge-Service-Token": secrets.service_tokens}
    # sent as it is: requests would normalise the path
    connection.request(verb, path.format(id=UNKNOWN_ID), body=b"{}", headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    is_page = answer.status == 200 and "<!doctype html>" in text.lower()
    assert is_page or answer.status in {301, 308, 401, 404, 405}, text
    assert "task_not_found" not in text
    assert "python_info" not in text


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: next(iter(claim)))
def test_a_header_gives_nobody_another_path_method_or_right(owner, stranger, belongings, secrets, claim):
    headers = {name: value.format(token=secrets.service_tokens) for name, value in claim.items()}
    path = f"gallery/videos/{belongings.video['id']}"
    assert stranger.send("GET", path, headers=headers).status_code == 404
    assert stranger.send("GET", "admin/stats", headers=headers).status_code == 403
    shown = owner.send("GET", path, headers=headers)
    assert shown.status_code == 200
    assert "evil.example" not in json.dumps(shown.json())
    assert owner.get(path)["deleted_at"] is None
