"""Table `idempotency_keys` in PostgreSQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from job_service.adapters.tables import IdempotencyRow
from job_service.domain.idempotency import KEEP, KeyUse
from job_service.ports.idempotency import KeyScope


class PostgresIdempotencyKeys:
    def read_clock(self, transaction: Connection) -> datetime:
        now: datetime = transaction.execute(select(func.clock_timestamp())).scalar_one()
        return now

    def begin(self, transaction: Connection, scope: KeyScope, *, request_hash: str) -> KeyUse:
        transaction.execute(
            delete(IdempotencyRow).where(_match(scope), IdempotencyRow.created_at < func.now() - KEEP)
        )
        values = {"user_id": scope.user_id, "route": scope.route, "key": scope.key}
        added = transaction.execute(
            insert(IdempotencyRow)
            .values(**values, request_hash=request_hash)
            .on_conflict_do_nothing()
            .returning(IdempotencyRow.created_at)
        ).scalar_one_or_none()
        row = transaction.execute(
            select(
                IdempotencyRow.request_hash,
                IdempotencyRow.created_at,
                IdempotencyRow.answer_status,
                IdempotencyRow.answer,
            ).where(_match(scope))
        ).one()
        seed = f"{scope.user_id}/{scope.route}/{scope.key}/{row.created_at.isoformat()}"
        return KeyUse(**row._mapping, is_new=added is not None, seed=seed)

    def keep_answer(
        self, transaction: Connection, scope: KeyScope, *, status: int, answer: dict[str, Any]
    ) -> None:
        transaction.execute(
            update(IdempotencyRow)
            .where(_match(scope))
            .values(status="done", answer_status=status, answer=answer)
        )

    def forget(self, transaction: Connection, scope: KeyScope) -> None:
        transaction.execute(delete(IdempotencyRow).where(_match(scope), IdempotencyRow.status == "running"))

    def delete_expired(self, transaction: Connection) -> int:
        """Delete the keys that `begin` would take as new ones, and return how many."""
        return transaction.execute(
            delete(IdempotencyRow).where(IdempotencyRow.created_at < func.now() - KEEP)
        ).rowcount


def _match(scope: KeyScope) -> ColumnElement[bool]:
    return and_(
        IdempotencyRow.user_id == scope.user_id,
        IdempotencyRow.route == scope.route,
        IdempotencyRow.key == scope.key,
    )
