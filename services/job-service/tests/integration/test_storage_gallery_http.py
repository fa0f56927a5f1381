"""GalleryClient against a misbehaving server on a real socket."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from job_service.auth.caller import Caller
from job_service.videos.gallery_client import BUDGET_SECONDS, GalleryClient
from videoforge.gallery import GalleryPage
from videoforge.logs import bind_context, clear_context
from videoforge.problems import Problem
from videoforge.service_tokens import HEADER, ServiceTokens

pytestmark = pytest.mark.integration

CALLER = Caller(user_id="u", groups=frozenset(), access_token="the-users-token")
EMPTY_PAGE = '{"items": [], "next_cursor": null}'


class BadGallery:
    """Answers as the test sets, and records the requests."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.answer: Callable[[int], Response] = lambda _number: Response(
            EMPTY_PAGE, mimetype="application/json"
        )

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        request.get_data()
        self.asked.append(request)
        return self.answer(len(self.asked))(environ, start_response)


@pytest.fixture
def server() -> Iterator[BadGallery]:
    app = BadGallery()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    app.url = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    yield app
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(server: BadGallery) -> Iterator[GalleryClient]:
    client = GalleryClient(server.url, tokens=ServiceTokens(SecretStr("s" * 32)))  # type: ignore[attr-defined]
    yield client
    client.close()


def test_a_call_carries_the_tokens_and_the_request_id_and_nothing_else(
    client: GalleryClient, server: BadGallery
) -> None:
    bind_context(request_id="request-12345")
    client.forward(
        "PATCH", "/videos/abc", answer=GalleryPage, caller=CALLER, json={"title": "x"}, query={"a": "b"}
    )
    clear_context()
    asked = server.asked[0]
    assert (asked.method, asked.path, asked.args["a"]) == ("PATCH", "/api/gallery/videos/abc", "b")
    assert asked.headers["Authorization"] == "Bearer the-users-token"
    assert asked.headers[HEADER] == "s" * 32
    assert asked.headers["X-Request-Id"] == "request-12345"
    assert "Cookie" not in asked.headers


def test_a_failing_gallery_is_retried(client: GalleryClient, server: BadGallery) -> None:
    server.answer = lambda number: Response(EMPTY_PAGE, status=503 if number < 3 else 200)
    assert client.forward("GET", "/videos", answer=GalleryPage, caller=None).items == ()
    assert len(server.asked) == 3


def test_a_view_is_never_sent_twice(client: GalleryClient, server: BadGallery) -> None:
    server.answer = lambda _number: Response(status=503)
    with pytest.raises(Problem, match="gallery_unavailable"):
        client.count_view("v")
    assert len(server.asked) == 1


def test_a_gallery_that_hangs_costs_no_more_than_the_budget(
    client: GalleryClient, server: BadGallery
) -> None:
    def hang(_number: int) -> Response:
        time.sleep(4)
        return Response("{}")

    server.answer = hang
    began = time.monotonic()
    with pytest.raises(Problem, match="gallery_unavailable"):
        client.find_video("v")
    assert time.monotonic() - began < BUDGET_SECONDS + 0.5


def test_a_refused_service_token_is_our_fault_not_the_users(
    client: GalleryClient, server: BadGallery
) -> None:
    server.answer = lambda _number: Response('{"code": "service_token_refused"}', status=401)
    with pytest.raises(Problem, match="gallery_unavailable"):
        client.forward("GET", "/videos", answer=GalleryPage, caller=CALLER)


@pytest.mark.parametrize("body", ["", "{}", "<html>", '{"items": [{}], "next_cursor": null}'])
def test_an_answer_of_the_wrong_shape_counts_as_the_gallery_being_down(
    client: GalleryClient, server: BadGallery, body: str
) -> None:
    server.answer = lambda _number: Response(body, mimetype="application/json")
    with pytest.raises(Problem, match="gallery_unavailable"):
        client.forward("GET", "/videos", answer=GalleryPage, caller=None)


def test_a_redirect_is_not_followed_with_the_tokens(client: GalleryClient, server: BadGallery) -> None:
    server.answer = lambda _number: Response(status=302, headers={"Location": "http://127.0.0.1:9/"})
    with pytest.raises(Problem, match="gallery_unavailable"):
        client.forward("GET", "/videos", answer=GalleryPage, caller=CALLER)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "path", ["/videos/../../internal/videos/0", "/videos/a?b", "/videos/%2e%2e", "videos"]
)
def test_a_path_that_could_reach_the_internal_routes_is_never_sent(
    client: GalleryClient, server: BadGallery, path: str
) -> None:
    with pytest.raises(ValueError, match="not a public route"):
        client.forward("GET", path, answer=GalleryPage, caller=CALLER)
    assert server.asked == []
