"""Choose the task to grant when a processor asks, by users, turns, disk space and weight."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_IS_UNFINISHED = sa.text("status in ('pending','processing')")
_IS_PENDING = sa.text("status = 'pending'")


def upgrade() -> None:
    """Jobs that wait get the places of their sources' durations. Tasks that wait count as fitting
    everywhere: the processor checks again when it starts."""
    op.add_column("jobs", sa.Column("source_seconds", sa.Float(), server_default="0", nullable=False))
    op.add_column("jobs", sa.Column("remaining_seconds", sa.Float(), server_default="0", nullable=False))
    op.add_column(
        "jobs",
        sa.Column("turn_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.execute(
        """update jobs set source_seconds = seconds, remaining_seconds = seconds,
        turn_at = created_at + make_interval(secs => seconds) from (select video_id,
        coalesce((detail ->> 'duration_seconds')::float, 0) as seconds from media_assets
        where kind = 'source') as sources where sources.video_id = jobs.video_id"""
    )
    op.drop_index("jobs_unfinished_idx", "jobs")
    op.create_index(
        "jobs_unfinished_idx",
        "jobs",
        ["user_id", sa.text("priority desc"), "turn_at", "id"],
        postgresql_where=_IS_UNFINISHED,
    )
    op.add_column("tasks", sa.Column("user_id", sa.Text(), nullable=True))
    op.execute("update tasks set user_id = jobs.user_id from jobs where jobs.id = tasks.job_id")
    op.alter_column("tasks", "user_id", nullable=False)
    op.add_column("tasks", sa.Column("needed_bytes", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("tasks", sa.Column("is_light", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "tasks_waiting_jobs_idx",
        "tasks",
        ["job_id", sa.text("(kind = 'encode')"), "chunk_index"],
        postgresql_where=_IS_PENDING,
    )
    op.create_index("tasks_granted_idx", "tasks", ["user_id", "claimed_at"])
    op.create_index(
        "tasks_unconfirmed_idx",
        "tasks",
        ["claim_id"],
        postgresql_where=sa.text("status = 'running' and confirmed_at is null"),
    )


def downgrade() -> None:
    for name in ("waiting_jobs", "granted", "unconfirmed"):
        op.drop_index(f"tasks_{name}_idx", "tasks")
    for name in ("is_light", "needed_bytes", "user_id"):
        op.drop_column("tasks", name)
    op.drop_index("jobs_unfinished_idx", "jobs")
    op.create_index("jobs_unfinished_idx", "jobs", ["user_id"], postgresql_where=_IS_UNFINISHED)
    for name in ("turn_at", "remaining_seconds", "source_seconds"):
        op.drop_column("jobs", name)
