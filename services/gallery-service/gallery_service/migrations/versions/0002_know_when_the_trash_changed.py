"""Store when job-service last moved a video to the trash or back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("gallery_videos", sa.Column("trash_changed_at", TIMESTAMP(timezone=True)))


def downgrade() -> None:
    op.drop_column("gallery_videos", "trash_changed_at")
