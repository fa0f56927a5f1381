"""Record who requested a claim, whether it was confirmed, and what was released.

Claims running at this moment count as confirmed: their holders send heartbeats.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tasks", sa.Column("claim_id", sa.Text(), nullable=True))
    op.add_column("tasks", sa.Column("claimed_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("tasks", sa.Column("confirmed_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("tasks", sa.Column("returned_token", sa.Text(), nullable=True))
    op.execute("update tasks set claimed_at = now(), confirmed_at = now() where status = 'running'")


def downgrade() -> None:
    for name in ("returned_token", "confirmed_at", "claimed_at", "claim_id"):
        op.drop_column("tasks", name)
