"""What schemathesis needs besides the description (SCHEMATHESIS_HOOKS): which users send requests,
for what, and which findings to ignore.

The limit is 600 requests a minute, so several users take turns; each has a video, a job and an
upload, which half of the requests are about. `VIDEOFORGE_PEOPLE` is JSON: [{authorization,
places}].
"""

import json
import os
from typing import Any

import requests
import schemathesis
from schemathesis import AuthContext, Case, HookContext

from tests.callers import FromAddress

REQUESTS_PER_PERSON = 400
MAX_ID_LENGTH = 64
PEOPLE = json.loads(os.environ["VIDEOFORGE_PEOPLE"])


class Turn:
    """The user whose turn it is."""

    sent = 0

    @classmethod
    def find(cls):
        return PEOPLE[cls.sent // REQUESTS_PER_PERSON % len(PEOPLE)]


@schemathesis.hook
def map_path_parameters(context: HookContext, path_parameters):
    """Give every other request an existing id."""
    places = Turn.find()["places"] if PEOPLE else {}
    if Turn.sent % 2 or not path_parameters:
        return path_parameters
    return {name: places.get(name, value) for name, value in path_parameters.items()}


@schemathesis.hook
def map_body(context: HookContext, body):
    places = Turn.find()["places"] if PEOPLE else {}
    if Turn.sent % 2 or not isinstance(body, dict):
        return body
    return {
        name: places[name] if name in places and _may_be_id(value) else value for name, value in body.items()
    }


def _may_be_id(value) -> bool:
    """A text that the description forbids for its length is sent as it is: it has to be refused."""
    return isinstance(value, str) and 1 <= len(value) <= MAX_ID_LENGTH


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs):
    Turn.sent += 1


def find_adapter(session, url):
    """Anonymous requests are limited by address, so the address changes as users take turns."""
    turn = Turn.sent // REQUESTS_PER_PERSON
    if turn not in ADAPTERS:
        ADAPTERS[turn] = FromAddress(f"127.0.5.{turn + 1}")
    return ADAPTERS[turn]


ADAPTERS: dict[int, FromAddress] = {}
requests.Session.get_adapter = find_adapter  # type: ignore[method-assign]


@schemathesis.hook
def filter_failure(context: HookContext, failure, case: Case[Any], response) -> bool:
    """A schema cannot say that a cursor must be one of ours or that a code must be correct: a
    refusal with a specific code does not contradict the description, unlike `validation_failed`.
    Nor can it express the rules for every text (no control characters, not only white space) and
    between fields (`body`); and a link that finds null for an id omits a field that it reports as
    sent."""
    if type(failure).__name__ != "RejectedPositiveData":
        return True
    problem = response.json()
    if problem.get("code") != "validation_failed":
        return False
    faults = problem.get("errors", [{"field": "", "message": ""}])
    said = [error["message"] for error in faults if error["field"] != "body"]
    if _has_blank_text([case.body, case.query]):
        said = [text for text in said if text not in {"is empty", "String should have at least 1 character"}]
    return any("control character" not in text and text != "Field required" for text in said)


def _has_blank_text(value) -> bool:
    """Say whether any text in the value is only white space."""
    if isinstance(value, dict):
        return any(map(_has_blank_text, value.values()))
    if isinstance(value, list):
        return any(map(_has_blank_text, value))
    return isinstance(value, str) and value != "" and not value.strip()


if PEOPLE:

    @schemathesis.auth(refresh_interval=None)
    class Signed:
        def get(self, case: Case[Any], context: AuthContext):
            return Turn.find()["authorization"]

        def set(self, case: Case[Any], data, context: AuthContext):
            case.headers["Authorization"] = data
