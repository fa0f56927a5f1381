"""Learns of new messages in the outbox: LISTEN on channel `outbox`, whose payload is the message's
kind.

It uses a session of its own, outside the pool: behind a pooler that lends sessions per transaction
(PgBouncer) it must connect to PostgreSQL directly. A notification that is lost while it is
disconnected only costs the wait for the slow poll behind it.
"""

import select
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT
from sqlalchemy import make_url

from videoforge.logs import get_logger
from videoforge_clients.postgres_deadline import install, limit_silence

CHANNEL: Final = "outbox"
_ANSWER_SECONDS: Final = 5.0
#: An idle session is checked this often with a query, to notice one that died silently.
_CHECK_SECONDS: Final = 30.0
_PAUSE_SECONDS: Final = 2.0
#: How long it may take to notice a stop.
_LOOK_SECONDS: Final = 5.0

_log = get_logger("DB")


class OutboxListener:
    """Calls `ring` with the kind of each new message, and with None after it (re)connected, because
    messages may have been missed. Runs in a thread of its own."""

    def __init__(self, url: str, *, ring: Callable[[str | None], None], stop: threading.Event) -> None:
        install()
        self._url = make_url(url)
        self._ring = ring
        self._stop = stop
        self._thread = threading.Thread(target=self._run, name="outbox-listener", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except psycopg2.Error as error:
                _log.warning("no notifications from the outbox; it is polled", reason=str(error).strip())
                self._stop.wait(_PAUSE_SECONDS)
            except Exception as error:  # the thread must survive any error in `ring`
                _log.error("listening failed", exc_info=error)
                self._stop.wait(_PAUSE_SECONDS)

    def _listen(self) -> None:
        connection = self._connect()
        try:
            self._ring(None)
            checked_at = time.monotonic()
            while not self._stop.is_set():
                ready, _, _ = select.select([connection], [], [], _LOOK_SECONDS)
                if ready:
                    connection.poll()
                    self._hand_out(connection)
                elif time.monotonic() - checked_at > _CHECK_SECONDS:
                    checked_at = time.monotonic()
                    _ask(connection, "select 1")
                    self._hand_out(connection)  # notifications that came with the answer
        finally:
            connection.close()

    def _connect(self) -> Any:
        with limit_silence(_ANSWER_SECONDS):
            connection = psycopg2.connect(
                host=self._url.host,
                port=self._url.port,
                user=self._url.username,
                password=self._url.password,
                dbname=self._url.database,
                application_name="job-service listener",
                keepalives_idle=10,
            )
        try:
            with limit_silence(_ANSWER_SECONDS):
                connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
            _ask(connection, f"listen {CHANNEL}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _hand_out(self, connection: Any) -> None:
        kinds = {notice.payload for notice in connection.notifies}
        connection.notifies.clear()
        for kind in sorted(kinds):
            self._ring(kind)


def _ask(connection: Any, statement: str) -> None:
    with limit_silence(_ANSWER_SECONDS), connection.cursor() as cursor:
        cursor.execute(statement)
