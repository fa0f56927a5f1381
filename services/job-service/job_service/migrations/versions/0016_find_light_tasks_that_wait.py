"""Find the light tasks that wait: every heartbeat and report asks whether there is one."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "tasks_waiting_light_idx",
        "tasks",
        ["not_before_at"],
        postgresql_where=sa.text("status = 'pending' and is_light"),
    )


def downgrade() -> None:
    op.drop_index("tasks_waiting_light_idx", "tasks")
