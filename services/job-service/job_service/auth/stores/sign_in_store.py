"""The ends of sign-ins in PostgreSQL: `revoked_sign_ins` and `users.signed_out_at`."""

from datetime import timedelta

from sqlalchemy import delete, exists, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from job_service.auth.ports import SignInStatus
from job_service.platform.tables import RevokedSignInRow, UserRow


class PostgresSignIns:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find_status(self, *, user_id: str, sign_in_id: str) -> SignInStatus:
        """Two primary-key look-ups in one statement; a user never seen has never signed out."""
        signed_out_at = select(UserRow.signed_out_at).where(UserRow.user_id == user_id).scalar_subquery()
        is_revoked = exists().where(RevokedSignInRow.id == sign_in_id)
        row = self._connection.execute(select(signed_out_at, is_revoked)).one()
        return SignInStatus(signed_out_at=row[0], is_revoked=row[1])

    def revoke(self, sign_in_id: str, *, hours: int) -> bool:
        statement = insert(RevokedSignInRow).values(
            id=sign_in_id, expires_at=func.now() + timedelta(hours=hours)
        )
        done = self._connection.execute(statement.on_conflict_do_nothing().returning(literal(1)))
        return done.first() is not None

    def restore(self, sign_in_id: str) -> None:
        self._connection.execute(delete(RevokedSignInRow).where(RevokedSignInRow.id == sign_in_id))

    def sign_out_user(self, user_id: str) -> None:
        """Never moves back: if two sign-outs wait for the row, the later time stays."""
        statement = insert(UserRow).values(user_id=user_id, signed_out_at=func.clock_timestamp())
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[UserRow.user_id], set_={"signed_out_at": func.clock_timestamp()}
            )
        )

    def delete_expired(self) -> int:
        done = self._connection.execute(
            delete(RevokedSignInRow).where(RevokedSignInRow.expires_at < func.now())
        )
        return done.rowcount
