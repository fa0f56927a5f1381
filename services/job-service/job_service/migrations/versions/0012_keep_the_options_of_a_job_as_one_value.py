"""Store the encoding options of a job as one value, so that a new option needs no column."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "jobs", sa.Column("options", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False)
    )
    op.execute("UPDATE jobs SET options = jsonb_build_object('rate_control', rate_control)")
    op.drop_column("jobs", "rate_control")


def downgrade() -> None:
    """Options that the previous version does not know are lost."""
    op.add_column("jobs", sa.Column("rate_control", sa.Text(), server_default="quality", nullable=False))
    op.execute("UPDATE jobs SET rate_control = coalesce(options ->> 'rate_control', 'quality')")
    op.drop_column("jobs", "options")
