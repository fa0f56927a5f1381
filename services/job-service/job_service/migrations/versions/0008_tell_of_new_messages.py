"""Notify listeners on channel `outbox` of each new message: its kind, after the commit.

By a trigger and not by our own statement: it costs no extra round trip, and no writer can forget
it. Several messages of one transaction arrive as one notification per kind.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_FUNCTION = """
create function tell_of_message() returns trigger language plpgsql as $$
begin
    perform pg_notify('outbox', new.kind);
    return null;
end $$
"""
_TRIGGER = """
create trigger outbox_tell_of_message after insert on outbox
for each row execute function tell_of_message()
"""


def upgrade() -> None:
    op.execute(_FUNCTION)
    op.execute(_TRIGGER)


def downgrade() -> None:
    op.execute("drop trigger outbox_tell_of_message on outbox")
    op.execute("drop function tell_of_message()")
