"""A01: another user's things look as if they did not exist, and cannot be changed."""

from typing import Any

import pytest

from tests.attacks.kit.api_routes import ROUTES, VERBS, Route, build_body, fill
from tests.attacks.kit.people import UNKNOWN_ID, forget_request, read_problem

pytestmark = [pytest.mark.e2e, pytest.mark.attacks]

WITH_PLACES = [route for route in ROUTES if route.places]
PATHS = sorted({route.path for route in WITH_PLACES})
#: Routes with an id in the body or the query: (method, path, body).
NAMED_ELSEWHERE = {
    "a job for a foreign video": ("POST", "jobs", {"video_id": "{video_id}", "output_formats": ["480p"]}),
    "a batch with a foreign video": (
        "POST",
        "jobs/batch",
        {"items": [{"video_id": "{video_id}", "output_formats": ["480p"]}]},
    ),
    "the download of a foreign source": (
        "GET",
        "storage/download-url?video_id={video_id}&format=source",
        None,
    ),
    "the download of a foreign rendition": (
        "GET",
        "storage/download-url?video_id={video_id}&format=480p",
        None,
    ),
    "the metadata of a foreign file": ("POST", "metadata/extract", {"s3_key": "{s3_key}"}),
    "the confirmation of a foreign file": ("POST", "upload/confirm", {"s3_key": "{s3_key}"}),
    "the deletion of a foreign video": (
        "POST",
        "gallery/videos/bulk",
        {"ids": ["{video_id}"], "action": "delete"},
    ),
    "the publication of a foreign video": (
        "POST",
        "gallery/videos/bulk",
        {"ids": ["{video_id}"], "action": "visibility", "visibility": "public"},
    ),
    "the jobs of a foreign video": ("GET", "jobs?video_id={video_id}", None),
}
#: What is compared before and after.
KEPT = ("gallery/videos/{video_id}", "jobs/{job_id}", "storage/uploads/{upload_id}", "auth/sessions", "jobs")


@pytest.fixture(scope="module")
def unchanged(owner, belongings):
    """Nothing of the owner's changes while these tests run. Read once, because the limit is 600
    requests a minute."""
    paths = [fill(path, belongings.name_places()) for path in KEPT]
    before = [owner.get(path) for path in paths]
    yield
    after = [owner.get(path) for path in paths]
    for one in (*before, *after):
        one.pop("thumbnail_url", None)
    assert after == before


def put_in(value: Any, places: dict[str, str]) -> Any:
    """Replace {place} anywhere in a request."""
    if isinstance(value, str):
        return fill(value, places) if "?" in value else value.format(**places)
    if isinstance(value, list):
        return [put_in(item, places) for item in value]
    return {name: put_in(item, places) for name, item in value.items()} if value else value


def build_unknown(places: dict[str, str]) -> dict[str, str]:
    s3_key = places["s3_key"].replace(places["s3_key"].split("/")[3], UNKNOWN_ID)
    return {**dict.fromkeys(places, UNKNOWN_ID), "s3_key": s3_key}


def replace_ids(answer: tuple[int, Any], places: dict[str, str]) -> tuple[int, Any]:
    """Make responses that repeat the requested id comparable between ids."""
    text = repr(answer[1])
    for place in places.values():
        text = text.replace(place, "…")
    return answer[0], text


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("route", WITH_PLACES, ids=str)
def test_a_strangers_request_for_a_foreign_id_is_answered_as_for_an_unknown_one(
    stranger, belongings, route: Route
):
    foreign, unknown = belongings.name_places(), build_unknown(belongings.name_places())
    answers = [
        stranger.send(
            route.method, fill(route.path, places), json=build_body(route.operation, places), timeout=10
        )
        for places in (foreign, unknown)
    ]
    assert forget_request(answers[0]) == forget_request(answers[1])
    assert answers[0].status_code == (403 if route.is_for_admins else 404), answers[0].text


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("route", WITH_PLACES, ids=str)
def test_nobody_gets_to_an_id_without_a_sign_in(nobody, belongings, route: Route):
    places = belongings.name_places()
    body = build_body(route.operation, places)
    answer = nobody.send(route.method, fill(route.path, places), json=body, timeout=10)
    wanted = (401, "sign_in_needed") if route.needs_user else (404, "video_not_found")
    assert read_problem(answer) == wanted


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("path", PATHS)
def test_a_verb_that_a_path_does_not_have_does_nothing(stranger, belongings, path: str):
    taken = {route.method for route in WITH_PLACES if route.path == path}
    taken |= {"HEAD"} if "GET" in taken else set()
    for verb in set(VERBS) - taken:
        answer = stranger.send(verb, fill(path, belongings.name_places()), timeout=10)
        assert answer.status_code == 405, (verb, answer.text)
        assert set(answer.headers["Allow"].split(", ")) == taken | {"OPTIONS"}


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("name", NAMED_ELSEWHERE)
def test_a_foreign_id_in_a_body_or_query_is_as_an_unknown_one(stranger, belongings, name: str):
    method, path, body = NAMED_ELSEWHERE[name]
    foreign = belongings.name_places()
    answers = []
    for places in (foreign, build_unknown(foreign)):
        answer = stranger.send(method, put_in(path, places), json=put_in(body, places), timeout=30)
        answers.append(replace_ids(forget_request(answer), places))
    assert answers[0] == answers[1]
    if answers[0][0] == 200:  # a list, or a result for each id
        assert "'items': []" in answers[0][1] or "'code': 'video_not_found'" in answers[0][1]
    else:
        assert answers[0][0] == 404


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("name", NAMED_ELSEWHERE)
def test_nobody_names_anything_without_a_sign_in(nobody, belongings, name: str):
    method, path, body = NAMED_ELSEWHERE[name]
    places = belongings.name_places()
    answer = nobody.send(method, put_in(path, places), json=put_in(body, places), timeout=10)
    assert read_problem(answer) == (401, "sign_in_needed")


def test_a_private_video_is_in_nobodys_list_and_search(stranger, nobody, belongings):
    title = belongings.video["title"]
    for client in (stranger, nobody):
        for query in ({}, {"q": title}, {"sort": "-created_at", "limit": 100}):
            found = client.get("gallery/videos", **query)["items"]
            assert belongings.video["id"] not in [video["id"] for video in found]
