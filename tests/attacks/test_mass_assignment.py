"""A11: a field that the caller may not set is refused by name, and nothing is written."""

import pytest

from tests.attacks.kit.api_routes import ROUTES, Route, build_body, fill
from tests.attacks.kit.people import read_problem

pytestmark = [pytest.mark.e2e, pytest.mark.attacks]

WITH_BODY = [route for route in ROUTES if "requestBody" in route.operation and not route.is_for_admins]
WITH_QUERY = [
    route
    for route in ROUTES
    if any(item["in"] == "query" for item in route.operation.get("parameters", ()))
    and not route.is_for_admins
]
EXTRA = {
    "user_id": "somebody-else",
    "owner": "somebody-else",
    "id": "00000000-0000-4000-8000-000000000000",
    "status": "ready",
    "groups": ["admin"],
    "cognito:groups": ["admin"],
    "is_admin": True,
    "views": 10**6,
    "attempts": 0,
    "max_stored_bytes": 10**15,
    "renditions": [],
    "thumbnail_key": "users/x/source.mp4",
    "email_verified": True,
    "created_at": "2020-01-01T00:00:00Z",
    "__proto__": {"is_admin": True},
}


@pytest.mark.parametrize("route", WITH_BODY, ids=str)
def test_every_field_that_is_not_for_the_caller_is_refused_by_name(owner, belongings, route: Route):
    places = belongings.name_places()
    body = (build_body(route.operation, places) or {}) | EXTRA
    answer = owner.send(route.method, fill(route.path, places), json=body)
    assert read_problem(answer) == (422, "validation_failed")
    refused = {error["field"] for error in answer.json()["errors"]}
    assert set(EXTRA) <= refused


@pytest.mark.parametrize("route", WITH_QUERY, ids=str)
def test_every_parameter_that_there_is_not_is_refused_by_name(owner, belongings, route: Route):
    places = belongings.name_places()
    answer = owner.send(route.method, fill(route.path, places), params={"user_id": "x", "deleted[]": "1"})
    assert read_problem(answer) == (422, "validation_failed")
    assert {"user_id", "deleted[]"} <= {error["field"] for error in answer.json()["errors"]}


def test_what_was_refused_has_changed_nothing(owner, belongings):
    video = owner.get(f"gallery/videos/{belongings.video['id']}")
    kept = ("user_id", "title", "status", "renditions", "created_at", "visibility")
    assert [video[name] for name in kept] == [belongings.video[name] for name in kept]
    assert owner.get("auth/me")["groups"] == ["user"]
