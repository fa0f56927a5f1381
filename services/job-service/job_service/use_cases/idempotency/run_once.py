"""Run a request once for its key: the same key and body get the first answer again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from job_service.domain.idempotency import decide_repeat
from job_service.errors import Problem
from job_service.ports.idempotency import IdempotencyPorts, KeyScope


@dataclass(frozen=True, kw_only=True)
class OnceAnswer:
    status: int
    body: dict[str, Any]
    is_replay: bool


def run_once(
    ports: IdempotencyPorts,
    scope: KeyScope,
    *,
    request_hash: str,
    run: Callable[[str], tuple[int, dict[str, Any]]],
) -> OnceAnswer:
    """Return the answer of `run`, which is given the seed of its ids, or the one that is kept. What `run`
    raises frees the key. Raises Problem 422 `idempotency_key_reused` for another body and 409
    `request_in_progress` while the first request runs."""
    with ports.database.begin() as transaction:
        use = ports.keys.begin(transaction, scope, request_hash=request_hash)
        now = ports.keys.read_clock(transaction)
    decision = decide_repeat(use, request_hash=request_hash, now=now)
    if decision == "reused":
        raise Problem(
            422,
            "idempotency_key_reused",
            "The Idempotency-Key was used for another request.",
            hint="Make a new key for each request; repeat a key only with the same body.",
        )
    if decision == "in_progress":
        raise Problem(
            409,
            "request_in_progress",
            "A request with this Idempotency-Key is still running.",
            hint="Wait a moment and send it again.",
            retryable=True,
            headers={"Retry-After": "1"},
        )
    if decision == "replay" and use.answer is not None and use.answer_status is not None:
        return OnceAnswer(status=use.answer_status, body=use.answer, is_replay=True)
    try:
        status, body = run(use.seed)
    except BaseException:
        with ports.database.begin() as transaction:
            ports.keys.forget(transaction, scope)
        raise
    with ports.database.begin() as transaction:
        ports.keys.keep_answer(transaction, scope, status=status, answer=body)
    return OnceAnswer(status=status, body=body, is_replay=False)
