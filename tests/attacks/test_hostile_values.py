"""No request makes a server fail: every operation of the API's description, with hostile values.

Each parameter and each field gets every hostile value in turn, with the others valid, so that it
gets as far as possible. A response is correct if it is not a 5xx, and a refusal if it is a problem
with a code.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import quote

import pytest
import requests

from demo.api_client import ApiClient
from tests.e2e.film import SAMPLE, make_video

pytestmark = [pytest.mark.e2e, pytest.mark.attacks]

#: The limit is 600 requests a minute; then a new user continues.
REQUESTS_PER_USER: Final = 500
#: They end the session that the others need.
LEFT_OUT: Final = {"/api/auth/logout"}
NOBODY: Final = "00000000-0000-4000-8000-000000000000"

TEXTS: Final = (
    "",
    "\0",
    "a\0b",
    "\ud800",  # half of a surrogate pair: valid in JSON, not in UTF-8 and PostgreSQL
    "😀" * 40,
    "x" * 5000,
    "../../internal/videos",
    "%00",
    "%s%n{0}${jndi:x}",
    "' OR 1=1 --",
    "-1",
    "1e308",
    "null",
    "&|!():*<->",  # operators of PostgreSQL's text search
    "\u202e\u0007\x7f",
)
NUMBERS: Final = (-1, 0, 2**31, 2**63, 10**400, 1e308, 0.5, True)
OTHERS: Final[tuple[Any, ...]] = (None, [], {}, [None], [["x"]], {"a": {"b": 1}})
VALUES: Final[tuple[Any, ...]] = (*TEXTS, *NUMBERS, *OTHERS, *([text] for text in TEXTS))
BODIES: Final = (
    b"",
    b"\xff\xfe",
    b"null",
    b"[]",
    b'{"a": ',
    b'{"a": NaN}',
    b'{"a": "\xc3\x28"}',
    b'{"a": 1e999}',
    b'{"a": ' + b"9" * 5000 + b"}",
    b'{"a": ' + b"[" * 100_000,
    b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    b'{"' + b"a" * 1_100_000 + b'": 1}',
)


class Attacker:
    """Sends requests as a series of new users, each with a film, and records wrong responses."""

    def __init__(self, sign_up: Callable[[], ApiClient]) -> None:
        self.faults: list[str] = []
        self.sent = 0
        self._sign_up = sign_up

    def get_good_values(self) -> dict[str, Any]:
        """Return values that are valid for the current user."""
        if self.sent % REQUESTS_PER_USER == 0:
            self._client = self._sign_up()
            self._values = build_good_values(make_video(self._client, SAMPLE))
        return self._values

    def send(self, method: str, path: str, **options: Any) -> None:
        self.sent += 1
        answer = self._client.send(method, path, timeout=30, **options)
        if (fault := find_fault(answer)) is not None:
            self.faults.append(f"{method} {path[:200]} {str(options)[:200]}: {fault}")


def find_fault(answer: requests.Response) -> str | None:
    """Return what is wrong with a response, or None."""
    if answer.status_code >= 500:
        return f"{answer.status_code} {answer.text[:200]}"
    if answer.status_code < 400 or (answer.status_code == 404 and not answer.content):
        return None  # the edge answers only 404 to a path that leads to /internal
    if answer.headers.get("Content-Type") != "application/problem+json" or "code" not in answer.json():
        return f"{answer.status_code} is no problem with a code: {answer.text[:200]}"
    return None


def list_operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (method, path, operation) for everything that is fuzzed."""
    for path, methods in document["paths"].items():
        if path not in LEFT_OUT and not path.endswith("/events"):
            for method, operation in methods.items():
                yield method.upper(), path, operation


def list_names(operation: dict[str, Any], *, place: str) -> list[str]:
    return [item["name"] for item in operation.get("parameters", ()) if item["in"] == place]


def list_queries(name: str) -> list[str]:
    """Return query strings that misuse a parameter."""
    texts = [f"?{name}={quote(text, errors='surrogatepass')}" for text in TEXTS]
    return [*texts, f"?{name}=1&{name}=2&{name}[]=3", f"?{name}=%ff%fe&=&&%00=1"]


def list_fields(document: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    """Return the fields of an operation's body, none without a body."""
    if "requestBody" not in operation:
        return []
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    named = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return list(named.get("properties", {}))


def fill(path: str, values: dict[str, Any]) -> str:
    """Fill a path's parameters with values, quoted as by a client; one without a value gets an
    unknown id."""

    def find(place: re.Match[str]) -> str:
        return quote(values.get(place[1], NOBODY), safe="", errors="surrogatepass")

    return re.sub(r"{(\w+)}", find, path)


@pytest.fixture
def document(client: ApiClient) -> dict[str, Any]:
    answer: dict[str, Any] = client.get("openapi.json")
    return answer


def build_good_values(video: dict[str, Any]) -> dict[str, Any]:
    """Return valid values, so that only the hostile one matters."""
    return {
        "email": "somebody@example.com",
        "password": "Correct-horse-7",
        "new_password": "Correct-horse-8",
        "current_password": "wrong",
        "code": "123456",
        "session": "x",
        "refresh_token": "x",
        "filename": "film.mp4",
        "content_type": "video/mp4",
        "size_bytes": 1000,
        "part_numbers": [1],
        "s3_key": video["s3_key"],
        "video_id": video["id"],
        "output_formats": ["480p"],
        "items": [{"video_id": video["id"], "output_formats": ["480p"]}],
        "ids": [video["id"]],
        "action": "visibility",
        "visibility": "private",
        "title": "Film",
    }


def test_no_path_or_query_makes_a_server_fail(document, sign_up):
    attacker = Attacker(sign_up)
    for method, path, operation in list_operations(document):
        for name in list_names(operation, place="path"):
            for text in TEXTS[1:]:
                good = attacker.get_good_values()
                attacker.send(method, fill(path, {**good, name: text}))
        for name in list_names(operation, place="query"):
            for query in list_queries(name):
                good = attacker.get_good_values()
                # a user without a film cannot continue
                attacker.send(method, fill(path, {} if method == "DELETE" else good) + query)
    assert attacker.sent > 500
    assert not attacker.faults, "\n".join(attacker.faults)


def test_no_body_makes_a_server_fail(document, sign_up):
    attacker = Attacker(sign_up)
    for method, path, operation in list_operations(document):
        fields = list_fields(document, operation)
        for name, value in ((name, value) for name in fields for value in VALUES):
            good = attacker.get_good_values()
            body = {field: good[field] for field in fields if field in good} | {name: value}
            attacker.send(method, fill(path, good), json=body)
        for raw in BODIES if operation.get("requestBody") else ():
            good = attacker.get_good_values()
            attacker.send(method, fill(path, good), data=raw, headers={"Content-Type": "application/json"})
    assert attacker.sent > 500
    assert not attacker.faults, "\n".join(attacker.faults)
