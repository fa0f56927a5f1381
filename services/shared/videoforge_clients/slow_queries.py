"""A log line for each slow statement, with its text but without its values: they are users'
addresses, titles and tokens, and never leave the database's own protocol."""

import time
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.engine import Engine, ExceptionContext

from videoforge.logs import get_logger

#: Enough to find the statement in the code.
_MAX_CHARACTERS: Final = 1000
_BEGAN: Final = "videoforge_began_at_seconds"

_log = get_logger("DB")


def watch_slow_queries(engine: Engine, *, slow_seconds: float) -> None:
    """Log the engine's statements that take `slow_seconds` or more, failed ones included. A
    connection runs one statement at a time, so its `info` can hold when that one started."""

    def begin(connection: Any, *_: Any) -> None:
        connection.info[_BEGAN] = time.monotonic()

    def end(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        _note(connection, statement, slow_seconds=slow_seconds, error=None)

    def fail(context: ExceptionContext) -> None:
        if context.connection is not None and context.statement is not None:
            error = type(context.original_exception).__name__
            _note(context.connection, context.statement, slow_seconds=slow_seconds, error=error)

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", fail)


def _note(connection: Any, statement: str, *, slow_seconds: float, error: str | None) -> None:
    try:
        began_at_seconds = connection.info.pop(_BEGAN, None)
    except Exception:  # the connection is gone, and its info with it
        return
    if began_at_seconds is None:
        return
    seconds = time.monotonic() - began_at_seconds
    if seconds >= slow_seconds:
        text = " ".join(statement.split())[:_MAX_CHARACTERS]
        _log.warning("slow query", duration_ms=round(seconds * 1000, 1), statement=text, error=error)
