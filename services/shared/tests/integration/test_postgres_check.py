"""A pooled connection is looked at before it is used, and pinged only if there is a reason."""

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import event, text

from tests.servers.databases import PostgresServer
from tests.servers.processes import LocalProcess
from videoforge_clients import postgres_check
from videoforge_clients.postgres import PostgresClient

pytestmark = pytest.mark.integration


@pytest.fixture
def client(own_postgres: tuple[PostgresServer, LocalProcess]) -> Iterator[PostgresClient]:
    client = PostgresClient(own_postgres[0].build_url("postgres"), pool_size=2, application_name="test")
    yield client
    client.engine.dispose()


@pytest.fixture
def pings(client: PostgresClient, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    done: list[object] = []
    ping = client.engine.dialect.do_ping

    def count(connection: object) -> bool:
        done.append(connection)
        return ping(connection)

    monkeypatch.setattr(client.engine.dialect, "do_ping", count)
    return done


def ask(client: PostgresClient) -> int:
    """Return the server's process that answers."""
    with client.read() as connection:
        return int(connection.execute(text("select pg_backend_pid()")).scalar_one())


def test_a_connection_that_was_just_used_is_not_pinged(client, pings) -> None:
    assert ask(client) == ask(client)
    assert pings == []


def test_a_connection_that_was_idle_is_pinged(client, pings, monkeypatch) -> None:
    process = ask(client)
    monkeypatch.setattr(postgres_check, "_PING_AFTER_SECONDS", 0.0)
    assert ask(client) == process
    assert len(pings) == 1


def test_a_connection_that_the_server_closed_is_replaced_unseen(client) -> None:
    process = ask(client)
    with client.begin() as other:  # the pool has one idle connection, which this takes
        again = int(other.execute(text("select pg_backend_pid()")).scalar_one())
        other.execute(text("create table if not exists kept (id int)"))
    assert again == process
    with client.engine.connect() as one, client.engine.connect() as two:
        victim = int(one.execute(text("select pg_backend_pid()")).scalar_one())
        one.rollback()
        one.close()
        two.execute(text("select pg_terminate_backend(:pid)"), {"pid": victim})
        time.sleep(0.1)
    for _ in range(3):
        assert ask(client) != victim


def test_after_a_restart_of_the_server_no_caller_sees_a_fault(client, own_postgres) -> None:
    process = ask(client)
    own_postgres[1].kill()
    own_postgres[1].start()
    assert ask(client) != process


def test_a_read_is_one_round_trip_and_leaves_no_transaction_open(client) -> None:
    began: list[object] = []
    event.listen(client.engine, "commit", began.append)
    with client.read() as connection:
        status = text("select state from pg_stat_activity where pid = pg_backend_pid()")
        assert connection.execute(status).scalar_one() == "active"
        raw = connection.connection.dbapi_connection
        assert raw is not None
        assert raw.autocommit
        assert raw.info.transaction_status == 0  # idle, though a statement has run
    with client.begin() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        assert not raw.autocommit
