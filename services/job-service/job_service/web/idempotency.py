"""`Idempotency-Key` on a view: optional; the answer is kept for 24 h.

    @blueprint.post("/jobs")
    @idempotent()
    @documented(headers=KeyHeader, …)
    def post_job(json: …) -> Answer: ...

A view that changes something derives its ids from `get_seed()`, so that a repeat finds what the
first request created, and passes `keep_answer(…)` to its step, which calls it in the transaction of
the change.
"""

import hashlib
import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar, cast

from flask import g, jsonify, make_response, request
from pydantic import BaseModel, Field

from job_service.idempotency.ports import IdempotencyTransaction, KeyScope
from job_service.idempotency.request import KeptAnswer
from job_service.idempotency.run_once import KeyHold, run_once
from job_service.web.current_user import require_user
from job_service.web.services import get_services
from videoforge.problems import Code, Problem

HEADER: Final = "Idempotency-Key"


class KeyHeader(BaseModel):
    """Optional: a request that is repeated with its key takes effect once."""

    idempotency_key: str | None = Field(
        default=None,
        alias=HEADER,
        description="1 to 255 printable characters, such as a UUID. "
        "The same key and body get the same answer for 24 hours.",
    )


_KEY = re.compile(r"[\x21-\x7e]{1,255}")
View = TypeVar("View", bound=Callable[..., Any])
Renew = Callable[[dict[str, Any]], dict[str, Any]]


def get_seed() -> str | None:
    """Return the seed for the ids of this request, or None without a key."""
    hold: KeyHold | None = g.get("idempotency_hold")
    return hold.use.seed if hold else None


def keep_answer(tx: IdempotencyTransaction, answer: BaseModel, *, status: int) -> None:
    """Store the answer under the request's key, if it has one, as the last step of the change's
    transaction."""
    hold: KeyHold | None = g.get("idempotency_hold")
    if hold is not None:
        hold.keep(tx, KeptAnswer(status=status, body=answer.model_dump(mode="json")))


def idempotent(*, renew: Renew | None = None) -> Callable[[View], View]:
    """Make the view take effect once per key; goes above `@documented`, whose final answer it
    stores. `renew` takes the JSON of a stored answer and returns it with everything that expires
    renewed."""

    def decorate(view: View) -> View:
        return _wrap(view, renew=renew)

    return decorate


def _wrap(view: View, *, renew: Renew | None) -> View:
    @wraps(view)
    def run(**values: Any) -> Any:
        key = request.headers.get(HEADER)
        if key is None:
            return view(**values)
        user_id = require_user().user_id
        if not _KEY.fullmatch(key):
            raise Problem(Code.idempotency_key_invalid)

        def call(hold: KeyHold) -> KeptAnswer:
            g.idempotency_hold = hold
            response = make_response(view(**values))
            return KeptAnswer(status=response.status_code, body=response.get_json())

        scope = KeyScope(user_id=user_id, route=request.path, key=key)
        answer = run_once(get_services().database, scope, request_hash=_hash_body(), run=call)
        response = jsonify(renew(answer.body) if renew and answer.is_replay else answer.body)
        response.status_code = answer.status
        if answer.is_replay:
            response.headers["Idempotent-Replayed"] = "true"
        return response

    return cast(View, run)


def _hash_body() -> str:
    """Two spellings of one JSON value are the same request."""
    body = json.dumps(request.get_json(silent=True), sort_keys=True)
    return hashlib.sha256(body.encode()).hexdigest()
