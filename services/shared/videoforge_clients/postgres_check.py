"""Checks a pooled connection before it is used, so that a caller never gets one that is dead.

SQLAlchemy's own check is a ping at each use: a round trip of its own, which was a third of those of
a short read. A server that stops or drops a connection closes its socket, which the kernel knows
without asking anybody. So a connection that was used within the last seconds is only pinged if its
socket has something to read: between two uses that is a farewell or the end. One that was idle for
longer is always pinged, since a network may have forgotten it without a word.
"""

import select
import time
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import InvalidatePoolError

#: Networks forget idle connections after minutes.
_PING_AFTER_SECONDS: Final = 5.0
_RETURNED: Final = "videoforge_returned_at_seconds"


def check_before_use(engine: Engine) -> None:
    """Check each connection of the engine's pool when it is lent. A dead one is replaced, and so
    are all that are older, as SQLAlchemy does after a failed ping."""

    @event.listens_for(engine, "checkin")
    def note_time(_connection: Any, record: Any) -> None:
        record.info[_RETURNED] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def check(connection: Any, record: Any, _lent: Any) -> None:
        returned_at_seconds = record.info.pop(_RETURNED, None)
        if returned_at_seconds is None:
            return  # it has just been opened
        is_recent = time.monotonic() - returned_at_seconds < _PING_AFTER_SECONDS
        if not (is_recent and _is_quiet(connection)):
            _ping(engine, connection)


def _is_quiet(connection: Any) -> bool:
    if connection.closed:
        return False
    poller = select.poll()
    poller.register(connection.fileno(), select.POLLIN)
    return not poller.poll(0)


def _ping(engine: Engine, connection: Any) -> None:
    dialect = engine.dialect
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        if dialect.is_disconnect(error, connection, None):
            raise InvalidatePoolError from error
        raise
