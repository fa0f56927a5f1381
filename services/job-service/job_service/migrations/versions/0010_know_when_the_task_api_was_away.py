"""Record when the task API was last up, and its last outage: leases that ended in it do not count
as crashes."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_beats",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gap_began_at", sa.DateTime(timezone=True)),
        sa.Column("gap_ended_at", sa.DateTime(timezone=True)),
    )


def downgrade() -> None:
    op.drop_table("api_beats")
