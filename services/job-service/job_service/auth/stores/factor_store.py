"""The tables `second_factors` and `recovery_codes`."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from job_service.auth.ports import KeptCode, KeptFactor
from job_service.platform.tables import RecoveryCodeRow, SecondFactorRow


class PostgresFactors:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find_factor(self, user_id: str) -> KeptFactor | None:
        statement = select(SecondFactorRow.sealed_secret, SecondFactorRow.sealed_pending)
        row = self._connection.execute(statement.where(SecondFactorRow.user_id == user_id)).one_or_none()
        return None if row is None else KeptFactor(sealed_secret=row[0], sealed_pending=row[1])

    def save_pending(self, user_id: str, *, sealed: str, key_name: str) -> None:
        """An active secret stays under the key that sealed it: `key_name` remains the older one's
        until the sweep has re-sealed both."""
        statement = insert(SecondFactorRow).values(user_id=user_id, sealed_pending=sealed, key_name=key_name)
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[SecondFactorRow.user_id],
                set_={"sealed_pending": sealed, "updated_at": func.now()},
            )
        )

    def confirm_pending(self, user_id: str) -> None:
        self._connection.execute(
            update(SecondFactorRow)
            .where(SecondFactorRow.user_id == user_id)
            .values(sealed_secret=SecondFactorRow.sealed_pending, sealed_pending=None, updated_at=func.now())
        )

    def replace_codes(self, user_id: str, *, codes: Sequence[KeptCode]) -> None:
        self._connection.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user_id))
        rows = [
            {"user_id": user_id, "selector": code.selector, "secret_hash": code.secret_hash} for code in codes
        ]
        self._connection.execute(insert(RecoveryCodeRow), rows)

    def find_code(self, user_id: str, *, selector: str) -> KeptCode | None:
        statement = select(RecoveryCodeRow.secret_hash).where(
            RecoveryCodeRow.user_id == user_id, RecoveryCodeRow.selector == selector
        )
        secret_hash = self._connection.execute(statement).scalar_one_or_none()
        return None if secret_hash is None else KeptCode(selector=selector, secret_hash=secret_hash)

    def take_code(self, user_id: str, *, code: KeptCode) -> bool:
        statement = delete(RecoveryCodeRow).where(
            RecoveryCodeRow.user_id == user_id,
            RecoveryCodeRow.selector == code.selector,
            RecoveryCodeRow.secret_hash == code.secret_hash,
        )
        return self._connection.execute(statement).rowcount == 1

    def put_code_back(self, user_id: str, *, code: KeptCode) -> None:
        statement = insert(RecoveryCodeRow).values(
            user_id=user_id, selector=code.selector, secret_hash=code.secret_hash
        )
        self._connection.execute(statement.on_conflict_do_nothing())

    def count_codes(self, user_id: str) -> int:
        statement = select(func.count()).where(RecoveryCodeRow.user_id == user_id)
        return self._connection.execute(statement).scalar_one()

    def delete_factor(self, user_id: str) -> None:
        self._connection.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user_id))
        self._connection.execute(delete(SecondFactorRow).where(SecondFactorRow.user_id == user_id))

    def list_sealed_with_another(self, *, key_name: str, limit: int) -> list[tuple[str, KeptFactor]]:
        statement = (
            select(SecondFactorRow.user_id, SecondFactorRow.sealed_secret, SecondFactorRow.sealed_pending)
            .where(SecondFactorRow.key_name != key_name)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return [
            (row[0], KeptFactor(sealed_secret=row[1], sealed_pending=row[2]))
            for row in self._connection.execute(statement)
        ]

    def save_sealed(self, user_id: str, *, factor: KeptFactor, key_name: str) -> None:
        self._connection.execute(
            update(SecondFactorRow)
            .where(SecondFactorRow.user_id == user_id)
            .values(
                sealed_secret=factor.sealed_secret, sealed_pending=factor.sealed_pending, key_name=key_name
            )
        )
