"""Run a request once for its key: the same key and body get the first answer again.

The answer is kept by the transaction of the effect, so that there is never one without the other: what was
committed is answered from the table, what was not is run again with the same seed.
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
    """A key that a run holds as `holder`. `kept` is the answer that this run wrote, committed or not."""

    database: Database[IdempotencyTransaction]
    scope: KeyScope
    use: KeyUse
    holder: str
    kept: KeptAnswer | None = None

    def keep(self, tx: IdempotencyTransaction, answer: KeptAnswer) -> None:
        """Keep the answer in the transaction of the effect, as its last step. Raises Problem 409
        `request_in_progress`, which undoes the effect, where another run came before."""
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
    """Return the answer of `run`, or the one that is kept. `run` makes its ids from the use's seed and hands
    its answer to `keep`, where it changes something.

    A refusal (4xx) frees the key; after an outage or a bug the same request may come again at once, and is
    answered with what was committed, if anything was. Raises Problem 422 `idempotency_key_reused` for another
    body and 409 `request_in_progress` while the first request runs."""
    hold = _take(database, scope, request_hash=request_hash)
    if hold.use.answer is not None:
        return OnceAnswer(status=hold.use.answer.status, body=hold.use.answer.body, is_replay=True)
    try:
        answer = run(hold)
    except Exception as error:
        committed = _let_go(hold, is_refused=isinstance(error, Problem) and error.status < 500)
        if committed is None:
            raise
        _log.error("failed after its effect was committed", exc_info=error)
        return OnceAnswer(status=committed.status, body=committed.body, is_replay=False)
    except BaseException:
        _let_go(hold, is_refused=False)
        raise
    if hold.kept is None:
        _keep_late(hold, answer)
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
    except Problem:  # the commit may have come through all the same
        with suppress(Problem), database.begin() as tx:
            tx.idempotency_keys.release(scope, holder=holder)
        raise
    if decision == "reused":
        raise Problem(Code.idempotency_key_reused)
    if decision == "in_progress":
        raise Problem(Code.request_in_progress)
    return KeyHold(database=database, scope=scope, use=use, holder=holder)


def _let_go(hold: KeyHold, *, is_refused: bool) -> KeptAnswer | None:
    """Give the key back and return the answer of what was committed, if anything was. An effect whose commit
    was not answered holds the row until it is decided. Where nobody can be asked the key stays held, and a
    repeat goes on when it counts as abandoned."""
    try:
        with hold.database.begin() as tx:
            keys = tx.idempotency_keys
            give_back = keys.forget if is_refused else keys.release
            give_back(hold.scope, holder=hold.holder)
            return keys.find_answer(hold.scope, hold.use)
    except Problem as problem:
        _log.warning("idempotency key not given back", problem=problem.code)
        return None


def _keep_late(hold: KeyHold, answer: KeptAnswer) -> None:
    """Keep the answer of a request that changed nothing: one that cannot be kept is found again."""
    try:
        with hold.database.begin() as tx:
            hold.keep(tx, answer)
    except Problem as problem:
        hold.kept = None
        _log.warning("answer not kept for its idempotency key", problem=problem.code)
