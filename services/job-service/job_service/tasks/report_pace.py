"""How often a processor reports the progress of a task: less often, the more tasks run.

A few tasks report every MIN_SECONDS. Once more tasks run than can do that with REPORTS_PER_SECOND
in all, they share those, so that the task API's work does not grow with the processors, until each
reports every MAX_SECONDS. What a job shows is renewed as often as before, since its row takes what
all of its tasks reported; a cancelled task stops that much later.
"""

from typing import Final

MIN_SECONDS: Final = 2.0
REPORTS_PER_SECOND: Final = 100
MAX_SECONDS: Final = 10.0


def choose_report_seconds(*, running: int) -> float:
    """Return how many seconds lie between two reports of a task; `running` tasks have a lease."""
    return min(MAX_SECONDS, max(MIN_SECONDS, round(running / REPORTS_PER_SECOND, 1)))
