"""Where a page of a list starts: after the last item of the previous page."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class PageStart:
    """The last item of the previous page; the next page starts after it."""

    created_at: datetime
    id: str
