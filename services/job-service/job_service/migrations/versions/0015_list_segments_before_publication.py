"""List the segments that can be watched before their job is published."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Published jobs get the duration of their source, and jobs that run start at 0: what they
    have stored by now is listed when its task is done."""
    op.add_column("jobs", sa.Column("playable_seconds", sa.Float(), server_default="0", nullable=False))
    op.execute("update jobs set playable_seconds = source_seconds where status = 'completed'")
    op.create_index(
        "jobs_playable_idx",
        "jobs",
        ["video_id"],
        postgresql_where=sa.text("status = 'processing' and playable_seconds > 0"),
    )
    op.create_table(
        "listed_tracks",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("init_key", sa.Text()),
        sa.Column("init_size_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("init_sha256", sa.Text(), server_default="", nullable=False),
        sa.Column("codecs", sa.Text(), server_default="", nullable=False),
        sa.Column("reached_segments", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reached_seconds", sa.Float(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("job_id", "format", name="listed_tracks_pkey"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="listed_tracks_job_id_fkey", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "listed_segments",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("s3_key", sa.Text(), nullable=False),
        sa.Column("duration_seconds", sa.Float(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("listed_at", sa.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "format", "number", name="listed_segments_pkey"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="listed_segments_job_id_fkey", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("listed_segments")
    op.drop_table("listed_tracks")
    op.drop_index("jobs_playable_idx", "jobs")
    op.drop_column("jobs", "playable_seconds")
