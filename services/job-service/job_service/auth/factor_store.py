"""The tables `second_factors` and `recovery_codes`."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from job_service.auth.factor_ports import KeptCode, KeptFactor
from job_service.platform.tables import RecoveryCodeRow, SecondFactorRow


class PostgresFactors:
    def find_factor(self, transaction: Connection, user_id: str) -> KeptFactor | None:
        statement = select(SecondFactorRow.sealed_secret, SecondFactorRow.sealed_pending)
        row = transaction.execute(statement.where(SecondFactorRow.user_id == user_id)).one_or_none()
        return None if row is None else KeptFactor(sealed_secret=row[0], sealed_pending=row[1])

    def save_pending(self, transaction: Connection, user_id: str, *, sealed: str, key_name: str) -> None:
        """A secret that counts stays under the key that it is sealed with: `key_name` is the older one's
        until the sweep has sealed both anew."""
        statement = insert(SecondFactorRow).values(user_id=user_id, sealed_pending=sealed, key_name=key_name)
        transaction.execute(
            statement.on_conflict_do_update(
                index_elements=[SecondFactorRow.user_id],
                set_={"sealed_pending": sealed, "updated_at": func.now()},
            )
        )

    def confirm_pending(self, transaction: Connection, user_id: str) -> None:
        transaction.execute(
            update(SecondFactorRow)
            .where(SecondFactorRow.user_id == user_id)
            .values(sealed_secret=SecondFactorRow.sealed_pending, sealed_pending=None, updated_at=func.now())
        )

    def replace_codes(self, transaction: Connection, user_id: str, *, codes: Sequence[KeptCode]) -> None:
        transaction.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user_id))
        rows = [
            {"user_id": user_id, "selector": code.selector, "secret_hash": code.secret_hash} for code in codes
        ]
        transaction.execute(insert(RecoveryCodeRow), rows)

    def find_code(self, transaction: Connection, user_id: str, *, selector: str) -> KeptCode | None:
        statement = select(RecoveryCodeRow.secret_hash).where(
            RecoveryCodeRow.user_id == user_id, RecoveryCodeRow.selector == selector
        )
        secret_hash = transaction.execute(statement).scalar_one_or_none()
        return None if secret_hash is None else KeptCode(selector=selector, secret_hash=secret_hash)

    def take_code(self, transaction: Connection, user_id: str, *, code: KeptCode) -> bool:
        statement = delete(RecoveryCodeRow).where(
            RecoveryCodeRow.user_id == user_id,
            RecoveryCodeRow.selector == code.selector,
            RecoveryCodeRow.secret_hash == code.secret_hash,
        )
        return transaction.execute(statement).rowcount == 1

    def put_code_back(self, transaction: Connection, user_id: str, *, code: KeptCode) -> None:
        statement = insert(RecoveryCodeRow).values(
            user_id=user_id, selector=code.selector, secret_hash=code.secret_hash
        )
        transaction.execute(statement.on_conflict_do_nothing())

    def count_codes(self, transaction: Connection, user_id: str) -> int:
        statement = select(func.count()).where(RecoveryCodeRow.user_id == user_id)
        return transaction.execute(statement).scalar_one()

    def delete_factor(self, transaction: Connection, user_id: str) -> None:
        transaction.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user_id))
        transaction.execute(delete(SecondFactorRow).where(SecondFactorRow.user_id == user_id))

    def list_sealed_with_another(
        self, transaction: Connection, *, key_name: str, limit: int
    ) -> list[tuple[str, KeptFactor]]:
        statement = (
            select(SecondFactorRow.user_id, SecondFactorRow.sealed_secret, SecondFactorRow.sealed_pending)
            .where(SecondFactorRow.key_name != key_name)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return [
            (row[0], KeptFactor(sealed_secret=row[1], sealed_pending=row[2]))
            for row in transaction.execute(statement)
        ]

    def save_sealed(
        self, transaction: Connection, user_id: str, *, factor: KeptFactor, key_name: str
    ) -> None:
        transaction.execute(
            update(SecondFactorRow)
            .where(SecondFactorRow.user_id == user_id)
            .values(
                sealed_secret=factor.sealed_secret, sealed_pending=factor.sealed_pending, key_name=key_name
            )
        )
