"""Run a request once per key: the same key and body get the first answer again.

The answer is stored in the transaction of the change, so neither exists without the other: a
committed request is answered from the table, an uncommitted one runs again with the same seed.
"""

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from job_service.idempotency.ports import IdempotencyTransaction, KeyScope
from job_service.idempotency.request import KeptAnswer, KeyUse, decide_repeat
from job_service.platform.ports import Database
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem

_log = get_logger("API")


@dataclass(frozen=True, kw_only=True)
class OnceAnswer:
    status: int
    body: dict[str, Any]
    is_replay: bool


@dataclass(kw_only=True)
class KeyHold:
    """A key held by a run with the id `holder`. `kept` is the answer that this run wrote, committed
    or not."""

    database: Database[IdempotencyTransaction]
    scope: KeyScope
    use: KeyUse
    holder: str
    kept: KeptAnswer | None = None

    def keep(self, tx: IdempotencyTransaction, answer: KeptAnswer) -> None:
        """Store the answer in the transaction of the change, as its last step. Raises Problem 409
        `request_in_progress`, which rolls the change back, if another run was first."""
        if not tx.idempotency_keys.keep_answer(self.scope, self.use, answer=answer):
            raise Problem(Code.request_in_progress)
        self.kept = answer


def run_once(
    database: Database[IdempotencyTransaction],
    scope: KeyScope,
    *,
    request_hash: str,
    run: Callable[[KeyHold], KeptAnswer],
) -> OnceAnswer:
    """Return the answer of `run`, or the stored one. `run` derives its ids from the use's seed and
    passes its answer to `keep` if it changes something.

    A refusal (4xx) frees the key; after an outage or a bug the same request may be repeated
    immediately, and gets the answer of what was committed, if anything was. Raises Problem 422
    `idempotency_key_reused` for a different body and 409 `request_in_progress` while the first
    request runs.
    """
    hold = _take(database, scope, request_hash=request_hash)
    if hold.use.answer is not None:
        return OnceAnswer(status=hold.use.answer.status, body=hold.use.answer.body, is_replay=True)
    try:
        answer = run(hold)
    except Exception as error:
        committed = _release_key(hold, is_refused=isinstance(error, Problem) and error.status < 500)
        if committed is None:
            raise
        _log.error("request failed after its change was committed", exc_info=error)
        return OnceAnswer(status=committed.status, body=committed.body, is_replay=False)
    except BaseException:
        _release_key(hold, is_refused=False)
        raise
    if hold.kept is None:
        _keep_readonly_answer(hold, answer)
    shown = hold.kept or answer
    return OnceAnswer(status=shown.status, body=shown.body, is_replay=False)


def _take(database: Database[IdempotencyTransaction], scope: KeyScope, *, request_hash: str) -> KeyHold:
    holder = str(uuid.uuid4())
    try:
        with database.begin() as tx:
            use = tx.idempotency_keys.note_use(scope, request_hash=request_hash)
            now = tx.idempotency_keys.read_clock()
            decision = decide_repeat(use, request_hash=request_hash, now=now)
            if decision == "run":
                tx.idempotency_keys.hold(scope, holder=holder)
    except Problem:  # the commit may still have succeeded
        with suppress(Problem), database.begin() as tx:
            tx.idempotency_keys.release(scope, holder=holder)
        raise
    if decision == "reused":
        raise Problem(Code.idempotency_key_reused)
    if decision == "in_progress":
        raise Problem(Code.request_in_progress)
    return KeyHold(database=database, scope=scope, use=use, holder=holder)


def _release_key(hold: KeyHold, *, is_refused: bool) -> KeptAnswer | None:
    """Release the key and return the answer of what was committed, if anything was. If the outcome
    of a commit is unknown, its transaction holds the row lock until it is decided. If the database
    cannot be reached the key stays held, and a repeat takes over once it counts as abandoned."""
    try:
        with hold.database.begin() as tx:
            keys = tx.idempotency_keys
            give_back = keys.forget if is_refused else keys.release
            give_back(hold.scope, holder=hold.holder)
            return keys.find_answer(hold.scope, hold.use)
    except Problem as problem:
        _log.warning("idempotency key not released", problem=problem.code)
        return None


def _keep_readonly_answer(hold: KeyHold, answer: KeptAnswer) -> None:
    """Store the answer of a request that changed nothing: if that fails, a repeat computes it
    again."""
    try:
        with hold.database.begin() as tx:
            hold.keep(tx, answer)
    except Problem as problem:
        hold.kept = None
        _log.warning("answer not stored for its idempotency key", problem=problem.code)
