"""The task API's heartbeat, and what a gap in it means for leases that expired in the gap.

Each process that serves the task API writes a heartbeat to PostgreSQL every BEAT_SECONDS, by the
database's clock. A gap longer than SILENCE_SECONDS means that the API or the database was down and
no processor could renew its lease, so a lease that expired because of it says nothing about its
processor. Only the last gap is kept. That is enough: every lease that an earlier gap affected was
affected by the last one too, later in its life.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

BEAT_SECONDS: Final = 10.0
#: Processors renew every 30 s and give up their work after 60 s without an answer. A gap shorter
#: than this costs no lease, and a restart of the task API is shorter.
SILENCE_SECONDS: Final = 30.0
#: How long after a gap a task stays with its processor: one that survived the gap calls again
#: within 30 s, and delivers its result or hands the task back.
RECONNECT_SECONDS: Final = 60.0


@dataclass(frozen=True, kw_only=True)
class ApiBeat:
    """`gap_began_at` and `gap_ended_at` bound the last gap; None before the first."""

    last_seen_at: datetime
    gap_began_at: datetime | None = None
    gap_ended_at: datetime | None = None

    @property
    def silent_seconds(self) -> float | None:
        """How long the gap lasted that this heartbeat ended, or None if it ended none."""
        if self.gap_began_at is None or self.gap_ended_at != self.last_seen_at:
            return None
        return (self.gap_ended_at - self.gap_began_at).total_seconds()

    def choose_blameless_before(self, *, lease_seconds: float) -> datetime | None:
        """Return the time before which an expired lease does not count as a crash: its last renewal
        was before the end of the last gap. None without a gap."""
        return self.gap_ended_at and self.gap_ended_at + timedelta(seconds=lease_seconds)

    def count_reconnect_seconds(
        self, leased_until: datetime, *, lease_seconds: float, now: datetime
    ) -> float:
        """Return for how many seconds the task of an expired lease still belongs to its holder; 0
        if it may be claimed."""
        if now - self.last_seen_at > timedelta(seconds=SILENCE_SECONDS):
            return RECONNECT_SECONDS
        blameless_before = self.choose_blameless_before(lease_seconds=lease_seconds)
        if self.gap_ended_at is None or blameless_before is None or leased_until >= blameless_before:
            return 0.0
        return max(0.0, RECONNECT_SECONDS - (now - self.gap_ended_at).total_seconds())
