"""A slow statement has its line, with its words and without its values."""

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from tests.servers.databases import PostgresServer
from videoforge_clients.errors import DatabaseUnavailable
from videoforge_clients.postgres import PostgresClient

pytestmark = pytest.mark.integration

SLOW = text("select pg_sleep(:seconds), cast(:secret as text)")


@pytest.fixture
def client(postgres_server: PostgresServer) -> Iterator[PostgresClient]:
    name = postgres_server.create_database()
    client = PostgresClient(
        postgres_server.build_url(name),
        pool_size=1,
        application_name="test",
        answer_seconds=2.5,
        slow_seconds=0.2,
    )
    yield client
    client.engine.dispose()
    postgres_server.drop_database(name)


def list_slow(lines: list[MutableMapping[str, Any]]) -> list[MutableMapping[str, Any]]:
    return [line for line in lines if line["event"] == "slow query"]


def test_only_a_slow_statement_has_a_line_and_no_value_is_in_it(client: PostgresClient) -> None:
    with capture_logs() as lines, client.begin() as connection:
        connection.execute(SLOW, {"seconds": 0, "secret": "canary-quick"})
        assert list_slow(lines) == []
        connection.execute(SLOW, {"seconds": 0.3, "secret": "canary-slow"})
    (line,) = list_slow(lines)
    assert (line["category"], line["log_level"]) == ("DB", "warning")
    assert line["statement"] == "select pg_sleep(%(seconds)s), cast(%(secret)s as text)"
    assert line["duration_ms"] >= 300
    assert "canary" not in str(lines)


def test_a_statement_that_fails_late_has_its_line_too(client: PostgresClient) -> None:
    with capture_logs() as lines, pytest.raises(DatabaseUnavailable), client.begin() as connection:
        connection.execute(text("set local statement_timeout = '300ms'"))
        connection.execute(SLOW, {"seconds": 1, "secret": "canary-late"})
    (line,) = list_slow(lines)
    assert line["error"] == "QueryCanceled"
    assert "canary" not in str(lines)


def test_an_outage_has_a_line_of_the_database() -> None:
    gone = PostgresClient("postgresql+psycopg2://x:y@127.0.0.1:1/z", pool_size=1, application_name="test")
    with capture_logs() as lines, pytest.raises(DatabaseUnavailable), gone.connect():
        pass
    assert [(line["category"], line["event"]) for line in lines] == [("DB", "no answer in time")]
