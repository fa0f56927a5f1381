"""Count the stored bytes of each user.

A trigger derives the sum from `media_assets`, so that no code can forget it. It runs at commit, row
by row: the counter is locked last and briefly, when the transaction waits for nothing else, so two
transactions of one user cannot deadlock.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: A rendition's own size is that of its segments; its MP4 is a separate object.
_FUNCTION = """
create function count_stored_bytes() returns trigger language plpgsql as $$
declare
    owner text := case when tg_op = 'DELETE' then old.user_id else new.user_id end;
    change bigint := 0;
begin
    if tg_op <> 'DELETE' then
        change := change + new.size_bytes + coalesce((new.detail->>'mp4_size_bytes')::bigint, 0);
    end if;
    if tg_op <> 'INSERT' then
        change := change - old.size_bytes - coalesce((old.detail->>'mp4_size_bytes')::bigint, 0);
    end if;
    insert into usage (user_id, stored_bytes) values (owner, change)
    on conflict (user_id) do update set stored_bytes = usage.stored_bytes + excluded.stored_bytes;
    return null;
end $$
"""
_TRIGGER = """
create constraint trigger media_assets_count_stored_bytes
after insert or update or delete on media_assets
deferrable initially deferred for each row execute function count_stored_bytes()
"""
_SO_FAR = """
insert into usage (user_id, stored_bytes)
select user_id, sum(size_bytes + coalesce((detail->>'mp4_size_bytes')::bigint, 0))
from media_assets group by user_id
"""


def upgrade() -> None:
    op.create_table(
        "usage",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("stored_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("usage_pkey")),
    )
    op.execute("lock table media_assets in share row exclusive mode")
    op.execute(_SO_FAR)
    op.execute(_FUNCTION)
    op.execute(_TRIGGER)
    op.drop_index("uploads_open_idx", table_name="uploads")
    op.create_index(
        "uploads_unconfirmed_idx",
        "uploads",
        ["user_id"],
        postgresql_where=sa.text("status in ('open','completed')"),
    )


def downgrade() -> None:
    op.drop_index("uploads_unconfirmed_idx", table_name="uploads")
    op.create_index("uploads_open_idx", "uploads", ["user_id"], postgresql_where=sa.text("status = 'open'"))
    op.execute("drop trigger media_assets_count_stored_bytes on media_assets")
    op.execute("drop function count_stored_bytes()")
    op.drop_table("usage")
