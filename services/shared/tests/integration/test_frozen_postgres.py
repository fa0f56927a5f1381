"""A server that is stopped with SIGSTOP acknowledges everything and answers nothing: nobody waits
for it."""

import threading
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from tests.servers.databases import PostgresServer
from tests.servers.processes import LocalProcess
from videoforge_clients.errors import DatabaseUnavailable
from videoforge_clients.postgres import PostgresClient

pytestmark = pytest.mark.integration

ANSWER_SECONDS = 0.6
#: What may come on top on a busy machine.
SLACK_SECONDS = 0.6


@pytest.fixture
def server(own_postgres: tuple[PostgresServer, LocalProcess]) -> LocalProcess:
    return own_postgres[1]


@pytest.fixture
def client(own_postgres: tuple[PostgresServer, LocalProcess]) -> Iterator[PostgresClient]:
    client = PostgresClient(
        own_postgres[0].build_url("postgres"),
        pool_size=6,
        application_name="test",
        answer_seconds=ANSWER_SECONDS,
    )
    yield client
    client.engine.dispose()


def ask(client: PostgresClient) -> int:
    with client.begin() as connection:
        return int(connection.execute(text("select 1")).scalar_one())


def time_a_refusal(client: PostgresClient) -> float:
    began = time.monotonic()
    with pytest.raises(DatabaseUnavailable):
        ask(client)
    return time.monotonic() - began


def ask_until_answered(client: PostgresClient, *, seconds: float = 10) -> None:
    ends_at = time.monotonic() + seconds
    while True:
        try:
            ask(client)
            return
        except DatabaseUnavailable:
            assert time.monotonic() < ends_at
            time.sleep(0.1)


@pytest.mark.parametrize("is_connected", [True, False], ids=["a pooled connection", "a new connection"])
def test_a_frozen_server_costs_no_more_than_the_deadline(client, server, is_connected) -> None:
    if is_connected:
        ask(client)
    with server.frozen():
        assert time_a_refusal(client) < ANSWER_SECONDS + SLACK_SECONDS
    ask_until_answered(client)


def test_a_server_that_freezes_between_two_statements(client, server) -> None:
    with pytest.raises(DatabaseUnavailable), client.begin() as connection:
        connection.execute(text("create table never (id int)"))
        with server.frozen():
            began = time.monotonic()
            try:
                connection.execute(text("select 1"))
            finally:
                assert time.monotonic() - began < ANSWER_SECONDS + SLACK_SECONDS
    ask_until_answered(client)
    with client.begin() as connection:
        assert connection.execute(text("select to_regclass('never')")).scalar_one() is None


def test_after_some_outages_nobody_waits_at_all_and_it_heals_by_itself(client, server) -> None:
    ask(client)
    with server.frozen():
        callers = [threading.Thread(target=lambda: time_a_refusal(client)) for _ in range(6)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert time_a_refusal(client) < 0.1
    ask_until_answered(client)


def test_work_between_two_statements_is_not_the_servers_silence(client) -> None:
    with client.begin() as connection:
        connection.execute(text("select 1"))
        time.sleep(ANSWER_SECONDS * 1.5)
        assert connection.execute(text("select 2")).scalar_one() == 2


def test_a_connection_that_is_held_outlives_transactions_beside_it(client) -> None:
    with client.connect(isolation_level="AUTOCOMMIT") as held:
        held.execute(text("select pg_advisory_lock(1)"))
        for _ in range(2):
            time.sleep(ANSWER_SECONDS)
            ask(client)
        assert held.execute(text("select pg_advisory_unlock(1)")).scalar_one() is True


def test_a_statement_that_is_slow_is_ended_by_the_server_and_opens_no_circuit(client) -> None:
    for _ in range(4):
        with pytest.raises(DatabaseUnavailable), client.begin() as connection:
            connection.execute(text("select pg_sleep(30)"))
    assert ask(client) == 1


def test_an_error_of_ours_is_no_outage(client) -> None:
    with pytest.raises(ValueError, match="ours"), client.begin() as connection:
        connection.execute(text("select 1"))
        raise ValueError("ours")
    assert ask(client) == 1


def test_a_server_that_is_killed_and_comes_back_is_used_again(client, server) -> None:
    ask(client)
    server.kill()
    assert time_a_refusal(client) < ANSWER_SECONDS + SLACK_SECONDS
    server.start()
    ask_until_answered(client)
