"""Order the waiting tasks of a job by chunk, and the sound after the first of them."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_NAME = "tasks_waiting_jobs_idx"
_IS_PENDING = sa.text("status = 'pending'")


def upgrade() -> None:
    op.drop_index(_NAME, "tasks")
    columns = ["job_id", "chunk_index", sa.text("(kind <> 'encode')")]
    op.create_index(_NAME, "tasks", columns, postgresql_where=_IS_PENDING)


def downgrade() -> None:
    op.drop_index(_NAME, "tasks")
    columns = ["job_id", sa.text("(kind = 'encode')"), "chunk_index"]
    op.create_index(_NAME, "tasks", columns, postgresql_where=_IS_PENDING)
