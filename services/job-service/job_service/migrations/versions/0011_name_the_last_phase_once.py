"""Give the phase of a job that waits for its last task the name that its processor uses."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE jobs SET phase = 'packaging' WHERE phase = 'assembling'")


def downgrade() -> None:
    """Nothing to revert: both names mean the same."""
