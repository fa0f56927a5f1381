"""Show what work waits for.

A task may be blocked by an outage, and a processor says why it takes no tasks.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tasks", sa.Column("waiting_for", sa.Text()))
    op.add_column("tasks", sa.Column("waiting_since_at", TIMESTAMP(timezone=True)))
    op.add_column("processors", sa.Column("waiting_for", sa.Text()))
    op.add_column(
        "processors", sa.Column("reasons", ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
    )
    op.add_column("processors", sa.Column("room_bytes", sa.BigInteger()))


def downgrade() -> None:
    for name in ("room_bytes", "reasons", "waiting_for"):
        op.drop_column("processors", name)
    for name in ("waiting_since_at", "waiting_for"):
        op.drop_column("tasks", name)
