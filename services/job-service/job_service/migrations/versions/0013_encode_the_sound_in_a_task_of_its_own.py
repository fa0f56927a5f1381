"""Allow the tasks that encode the sound of a job of several chunks."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_NAME = "tasks_kind_check"


def upgrade() -> None:
    op.execute(f"ALTER TABLE tasks DROP CONSTRAINT {_NAME}")
    op.execute(
        f"ALTER TABLE tasks ADD CONSTRAINT {_NAME} CHECK (kind in ('prepare','encode','audio','assemble'))"
    )


def downgrade() -> None:
    """Tasks that encoded sound stay, unchecked: the published jobs that they belong to need them."""
    op.execute(f"ALTER TABLE tasks DROP CONSTRAINT {_NAME}")
    op.execute(
        f"ALTER TABLE tasks ADD CONSTRAINT {_NAME} CHECK (kind in ('prepare','encode','assemble')) NOT VALID"
    )
