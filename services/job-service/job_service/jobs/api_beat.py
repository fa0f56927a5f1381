"""The task API's sign of life, and what a silence of it means for leases that ended meanwhile.

Whoever serves the task API says every BEAT_SECONDS in PostgreSQL that it does, by the database's clock. Where
nothing was said for longer than SILENCE_SECONDS, the API or the database was away, and nobody could renew: a
lease that ended for it says nothing about its processor. The last silence is enough to know: one that came
after it lies later in the life of every lease that the earlier one touched.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

BEAT_SECONDS: Final = 10.0
#: Processors renew every 30 s and give their work up after 60 s without an answer: a shorter silence takes no
#: lease, and a restart of the task API is no silence.
SILENCE_SECONDS: Final = 30.0
#: How long after a silence its tasks are left to their holders: one that lived through it asks again within
#: 30 s, and brings its result or hands the task back.
RECONNECT_SECONDS: Final = 60.0


@dataclass(frozen=True, kw_only=True)
class ApiBeat:
    """`gap_began_at` and `gap_ended_at` are the last silence, None before the first."""

    last_seen_at: datetime
    gap_began_at: datetime | None = None
    gap_ended_at: datetime | None = None

    @property
    def silent_seconds(self) -> float | None:
        """How long the silence lasted that this beat ended, or None where it ended none."""
        if self.gap_began_at is None or self.gap_ended_at != self.last_seen_at:
            return None
        return (self.gap_ended_at - self.gap_began_at).total_seconds()

    def choose_blameless_before(self, *, lease_seconds: float) -> datetime | None:
        """Return the moment before which no lease's end is a crash: its last renewal came before the end of
        the last silence. None where there was no silence."""
        return self.gap_ended_at and self.gap_ended_at + timedelta(seconds=lease_seconds)

    def count_reconnect_seconds(
        self, leased_until: datetime, *, lease_seconds: float, now: datetime
    ) -> float:
        """Return for how long the task of a lease that ended is still its holder's; 0 where it is free."""
        if now - self.last_seen_at > timedelta(seconds=SILENCE_SECONDS):
            return RECONNECT_SECONDS
        blameless_before = self.choose_blameless_before(lease_seconds=lease_seconds)
        if self.gap_ended_at is None or blameless_before is None or leased_until >= blameless_before:
            return 0.0
        return max(0.0, RECONNECT_SECONDS - (now - self.gap_ended_at).total_seconds())
