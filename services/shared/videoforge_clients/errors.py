"""What goes wrong with a server, apart from its client, so that a caller can catch it without the driver."""

from videoforge.problems import Code, Problem


class DatabaseUnavailable(Problem):
    """PostgreSQL is down, full, silent or too slow. Nothing was changed, unless it fell silent at COMMIT.

    A route that does not catch it answers 503 `database_unavailable`.
    """

    def __init__(self) -> None:
        super().__init__(Code.database_unavailable)
