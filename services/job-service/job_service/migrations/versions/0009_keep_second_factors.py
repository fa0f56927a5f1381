"""Store what a second factor needs besides the user pool: its sealed secret, and hashed recovery
codes."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    user_id = sa.ForeignKey("users.user_id", ondelete="CASCADE")
    op.create_table(
        "second_factors",
        sa.Column("user_id", sa.Text(), user_id, primary_key=True),
        sa.Column("sealed_secret", sa.Text()),
        sa.Column("sealed_pending", sa.Text()),
        sa.Column("key_name", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("user_id", sa.Text(), sa.ForeignKey("users.user_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("selector", sa.Text(), primary_key=True),
        sa.Column("secret_hash", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
