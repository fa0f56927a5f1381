"""Table `idempotency_keys` in PostgreSQL."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from job_service.idempotency.ports import KeyScope
from job_service.idempotency.request import KEEP, KeptAnswer, KeyUse
from job_service.platform.tables import IdempotencyRow


class PostgresIdempotencyKeys:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read_clock(self) -> datetime:
        now: datetime = self._connection.execute(select(func.clock_timestamp())).scalar_one()
        return now

    def note_use(self, scope: KeyScope, *, request_hash: str) -> KeyUse:
        self._connection.execute(
            delete(IdempotencyRow).where(_match(scope), IdempotencyRow.created_at < func.now() - KEEP)
        )
        values = {"user_id": scope.user_id, "route": scope.route, "key": scope.key}
        # One statement, which locks the row: between two, another request may remove a row that is there.
        statement = (
            insert(IdempotencyRow)
            .values(**values, request_hash=request_hash)
            .on_conflict_do_update(
                index_elements=list(values), set_={"request_hash": IdempotencyRow.request_hash}
            )
            .returning(
                IdempotencyRow.request_hash,
                IdempotencyRow.created_at,
                IdempotencyRow.holder,
                IdempotencyRow.held_at,
                IdempotencyRow.answer_status,
                IdempotencyRow.answer,
            )
        )
        row = self._connection.execute(statement).one()
        return KeyUse(
            request_hash=row.request_hash,
            created_at=row.created_at,
            holder=row.holder,
            held_at=row.held_at,
            answer=None if row.answer is None else KeptAnswer(status=row.answer_status, body=row.answer),
            seed=f"{scope.user_id}/{scope.route}/{scope.key}/{row.created_at.isoformat()}",
        )

    def hold(self, scope: KeyScope, *, holder: str) -> None:
        values = {"holder": holder, "held_at": func.clock_timestamp()}
        self._connection.execute(update(IdempotencyRow).where(_match(scope)).values(values))

    def keep_answer(self, scope: KeyScope, use: KeyUse, *, answer: KeptAnswer) -> bool:
        kept = (
            update(IdempotencyRow)
            .where(_match(scope), _is_running(), IdempotencyRow.created_at == use.created_at)
            .values(status="done", answer_status=answer.status, answer=answer.body)
        )
        return self._connection.execute(kept).rowcount == 1

    def find_answer(self, scope: KeyScope, use: KeyUse) -> KeptAnswer | None:
        query = select(IdempotencyRow.answer_status, IdempotencyRow.answer).where(
            _match(scope), IdempotencyRow.created_at == use.created_at, IdempotencyRow.status == "done"
        )
        row = self._connection.execute(query).one_or_none()
        return KeptAnswer(status=row.answer_status, body=row.answer) if row else None

    def release(self, scope: KeyScope, *, holder: str) -> None:
        mine = and_(_match(scope), _is_running(), IdempotencyRow.holder == holder)
        self._connection.execute(update(IdempotencyRow).where(mine).values(holder=None))

    def forget(self, scope: KeyScope, *, holder: str) -> None:
        mine = and_(_match(scope), _is_running(), IdempotencyRow.holder == holder)
        self._connection.execute(delete(IdempotencyRow).where(mine))

    def delete_expired(self) -> int:
        return self._connection.execute(
            delete(IdempotencyRow).where(IdempotencyRow.created_at < func.now() - KEEP)
        ).rowcount


def _is_running() -> ColumnElement[bool]:
    return IdempotencyRow.status == "running"


def _match(scope: KeyScope) -> ColumnElement[bool]:
    return and_(
        IdempotencyRow.user_id == scope.user_id,
        IdempotencyRow.route == scope.route,
        IdempotencyRow.key == scope.key,
    )
