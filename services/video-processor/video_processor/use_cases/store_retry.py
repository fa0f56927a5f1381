"""How long an attempt holds on to what it has while the store is away.

As long as it has worked before: then waiting has cost as much as beginning again would. Ten seconds at least,
which single requests that fail need, and ten minutes at most, after which the slot may be of use elsewhere.
ffmpeg goes on meanwhile, as long as there is room for what it writes.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from video_processor.domain.progress import TaskProgress
from video_processor.errors import StoreAway
from videoforge.logs import get_logger

log = get_logger("S3")

_MIN_SECONDS: Final = 10.0
_MAX_SECONDS: Final = 600.0
_PAUSE_SECONDS: Final = 3.0
Answer = TypeVar("Answer")


@dataclass
class StoreRetry:
    """One per attempt: what runs side by side in it waits for the same store."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    _began_at: float = field(init=False)
    _away_since: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._began_at = self.clock()

    async def call(
        self,
        call: Callable[[], Awaitable[Answer]],
        *,
        progress: TaskProgress,
        check_lease: Callable[[], None],
    ) -> Answer:
        """Return the answer. Raises StoreAway when the patience is over, LeaseLost, and what else it
        raises."""
        while True:
            try:
                answer = await call()
            except StoreAway as error:
                if self._away_since is None:
                    self._away_since = self.clock()
                    log.warning("the store is waited for", error_code=error.code, reason=str(error))
                if self.clock() - self._away_since >= self._find_limit_seconds(self._away_since):
                    raise
                progress.waiting_for = error.waiting_for
                await self.sleep(_PAUSE_SECONDS)
                check_lease()
            else:
                self._away_since = progress.waiting_for = None
                return answer

    def _find_limit_seconds(self, away_since: float) -> float:
        return min(_MAX_SECONDS, max(_MIN_SECONDS, away_since - self._began_at))
