"""Index the job queue and the task pages.

Queue positions number the pending jobs in the order they will run; administrators page through
tasks.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "jobs_queue_idx",
        "jobs",
        [sa.text("priority desc"), "created_at", "id"],
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index("tasks_all_page_idx", "tasks", [sa.text("created_at desc"), sa.text("id desc")])


def downgrade() -> None:
    op.drop_index("tasks_all_page_idx", table_name="tasks")
    op.drop_index("jobs_queue_idx", table_name="jobs")
