"""A13, A15: requests that are too large, too deep, too many, or for something that does not
exist."""

import gzip
import json
import time
from contextlib import ExitStack

import pytest
import requests

from job_service.settings import Settings
from tests.attacks.kit.people import read_problem
from tests.e2e.film import SAMPLE, make_video

pytestmark = [pytest.mark.e2e, pytest.mark.attacks]

MIB = 1024 * 1024
#: A refusal costs no work; the limit is generous, because the machine may be busy.
REFUSED_WITHIN_SECONDS = 2.0
JSON = {"Content-Type": "application/json"}
BOMBS = {
    "more than a megabyte": (b'{"a": "' + b"x" * MIB + b'"}', {}, {(413, "body_too_large")}),
    "more than the edge lets through": (b"x" * (2 * MIB + 1), {}, {(413, "body_too_large")}),
    "brackets without end": (b"[" * 100_000, {}, {(400, "invalid_json")}),
    "objects in objects": (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, {}, {(400, "invalid_json")}),
    "a number of 100,000 digits": (b'{"email": ' + b"9" * 100_000 + b"}", {}, {(400, "invalid_json")}),
    "100,000 fields": (
        json.dumps({f"f{number}": 0 for number in range(60_000)}).encode(),
        {},
        {(422, "validation_failed")},
    ),
    "one field 50,000 times": (
        b"{" + b'"a":1,' * 50_000 + b'"a":1}',
        {},
        {(422, "validation_failed")},
    ),
    "a gzip bomb": (
        gzip.compress(b"\0" * 50 * MIB),
        {"Content-Encoding": "gzip"},
        {(400, "invalid_json"), (415, "unsupported_media_type")},
    ),
    "an encoding that there is not": (b"{}", {"Content-Encoding": "bomb"}, {(422, "validation_failed")}),
    "another character set": (
        '{"a":1}'.encode("utf-16"),
        {},
        {(400, "invalid_json"), (422, "validation_failed")},
    ),
    "a file of a form": (
        b'--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\nc\r\n--x--',
        {"Content-Type": "multipart/form-data; boundary=x"},
        {(415, "unsupported_media_type")},
    ),
    "XML with an entity": (
        b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
        {"Content-Type": "application/xml"},
        {(415, "unsupported_media_type")},
    ),
    "a form of nothing": (
        b"",
        {"Content-Type": "application/x-www-form-urlencoded"},
        {(422, "validation_failed")},
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_body_that_is_a_bomb_is_refused_at_once(nobody, name):
    body, headers, expected = BOMBS[name]
    began = time.monotonic()
    answer = nobody.send("POST", "auth/refresh", data=body, headers=JSON | headers)
    assert read_problem(answer) in expected, answer.text
    assert time.monotonic() - began < REFUSED_WITHIN_SECONDS
    assert len(answer.content) < 20_000, "the refusal repeats the bomb"


def test_a_body_of_chunks_without_end_is_cut_off(stack):
    """It has no declared length, and is never read to its end."""
    sent = 0

    def pour():
        nonlocal sent
        while sent < 50 * MIB:
            sent += 65_536
            yield b" " * 65_536

    url = f"http://127.0.0.1:{stack.settings.edge_port}/api/auth/refresh"
    try:
        answer = requests.post(url, data=pour(), headers=JSON, timeout=20)
    except requests.ConnectionError:
        return  # closed while it was sent
    assert answer.status_code in {400, 413}
    assert sent < 50 * MIB


@pytest.mark.parametrize(
    ("headers", "statuses"),
    [
        ({"X-Long": "x" * 9000}, {431}),
        ({f"X-Many-{number}": "x" for number in range(150)}, {431, 400}),
        ({"Cookie": "a=b; " * 2000}, {431}),
        ({"X-Long": "x" * 2 * MIB}, {431, 400}),
    ],
    ids=["a long header", "many headers", "many cookies", "a header of megabytes"],
)
def test_headers_that_are_a_bomb_are_refused(nobody, headers, statuses):
    began = time.monotonic()
    try:
        answer = nobody.http.get(nobody.build_url("jobs"), headers=headers, timeout=10)
    except requests.ConnectionError:
        return  # the edge closes connections that it does not read
    assert answer.status_code in statuses
    assert time.monotonic() - began < REFUSED_WITHIN_SECONDS


@pytest.mark.parametrize(
    "query",
    [
        "limit=1000000",
        "limit=-1",
        "limit=0",
        "limit=9" * 2000,
        "limit=1&limit=2",
        "sort=password",
        "sort=views;DROP TABLE gallery_videos",
        "sort=-views,title",
        "cursor=x",
        "cursor=" + "A" * 2001,
        "cursor=eyJpZCI6IjEifQ",
        "q=" + "x" * 201,
        "q=%00",
        "tag=" + "x" * 51,
        "tag=",
        "deleted=maybe",
        "status=deleted",
        "visibility=all",
        "offset=10",
    ],
)
@pytest.mark.parametrize("path", ["gallery/my-videos"])
def test_a_query_that_nobody_means_is_refused_by_name(owner, path, query):
    answer = owner.send("GET", f"{path}?{query}")
    assert answer.status_code in {414, 422}, answer.text
    assert read_problem(answer)[1] in {"validation_failed", "invalid_cursor", "bad_request"}


@pytest.mark.parametrize(
    "words",
    [
        "&|!():*<->",
        "' OR 1=1 --",
        "a" * 200,
        "((((((((((" * 20,
        "%" * 200,
        "_",
        "\\",
        "a:* | b:* & !c",
        "🎬" * 50,
        "x " * 100,
    ],
)
def test_a_search_is_for_words_and_never_an_expression(nobody, belongings, words):
    began = time.monotonic()
    answer = nobody.send("GET", "gallery/videos", params={"q": words})
    assert answer.status_code == 200, answer.text
    assert belongings.video["id"] not in [video["id"] for video in answer.json()["items"]]
    assert time.monotonic() - began < REFUSED_WITHIN_SECONDS


def test_a_cursor_of_another_list_or_user_shows_nothing_of_them(owner, stranger, somebody, belongings):
    for _ in range(2):
        owner.post("storage/uploads", {"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": 9})
    cursor = owner.get("storage/uploads", limit=1)["next_cursor"]
    assert stranger.get("storage/uploads", cursor=cursor)["items"] == []
    assert stranger.get("jobs", cursor=cursor)["items"] == []
    assert stranger.send("GET", "gallery/my-videos", params={"cursor": cursor}).status_code == 422


def test_streams_of_one_user_have_an_end_and_stop_nobody_else(owner, stranger, stack, belongings, somebody):
    """And a finished job's stream ends by itself."""
    most = Settings.model_fields["events_max_streams_per_user"].default
    client = somebody()
    path = f"jobs/{belongings.job['id']}/events"
    done = owner.send("GET", path, stream=True, timeout=30)
    assert b"event: state" in b"".join(done.iter_content(1024))
    video = client.get("gallery/my-videos")["items"]
    assert video == []
    job = make_waiting_job(client)
    with ExitStack() as held:
        opened = [
            held.enter_context(client.send("GET", f"jobs/{job['id']}/events", stream=True, timeout=30))
            for _ in range(most + 3)
        ]
        codes = [answer.status_code for answer in opened]
        assert codes.count(200) <= most
        assert codes[-1] == 429
        assert read_problem(opened[-1]) == (429, "too_many_streams")
        assert owner.send("GET", path, stream=True, timeout=30).status_code == 200
    client.post(f"jobs/{job['id']}/cancel")


def make_waiting_job(client):
    video = make_video(client, SAMPLE)
    return client.post("jobs", {"video_id": video["id"], "output_formats": ["1080p", "720p", "480p"]})
