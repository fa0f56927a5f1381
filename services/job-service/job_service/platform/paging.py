"""Where a page of a list begins: after the last item of the page before."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class PageStart:
    """The last item of the page before; the next page begins after it."""

    created_at: datetime
    id: str
