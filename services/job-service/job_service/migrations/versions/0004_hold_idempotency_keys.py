"""Record which run holds an idempotency key, and since when."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("idempotency_keys", sa.Column("holder", sa.Text))
    now = sa.Column("held_at", TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False)
    op.add_column("idempotency_keys", now)


def downgrade() -> None:
    op.drop_column("idempotency_keys", "held_at")
    op.drop_column("idempotency_keys", "holder")
