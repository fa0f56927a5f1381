"""Contract of the idempotency keys: in memory and in PostgreSQL they give the same answers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, delete, event, text
from sqlalchemy.exc import OperationalError

from job_service.idempotency.ports import IdempotencyTransaction, KeyScope
from job_service.idempotency.request import KeptAnswer
from job_service.idempotency.run_once import KeyHold, OnceAnswer, run_once
from job_service.idempotency.store import PostgresIdempotencyKeys
from job_service.platform.ports import Database
from job_service.platform.tables import IdempotencyRow
from job_service.testing.jobs import build_memory_stage
from job_service.wiring.unit_of_work import UnitsOfWork
from tests.servers.databases import PostgresServer
from videoforge.problems import Code, Problem
from videoforge_clients.postgres import PostgresClient

SCOPE = KeyScope(user_id="ann", route="/api/jobs", key="key-1")
MADE = KeptAnswer(status=202, body={"id": "job-1"})
Keys = Database[IdempotencyTransaction]


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.integration)])
def database(request: pytest.FixtureRequest) -> Iterator[Keys]:
    if request.param == "memory":
        yield build_memory_stage().ports.database
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    connections = PostgresClient(
        server.build_url(request.getfixturevalue("jobs_database")), application_name="test", pool_size=3
    )
    yield UnitsOfWork(connections)
    connections.engine.dispose()


def run(database: Keys, action: Callable[[KeyHold], KeptAnswer], *, request_hash: str = "h") -> OnceAnswer:
    return run_once(database, SCOPE, request_hash=request_hash, run=action)


def make(database: Keys) -> Callable[[KeyHold], KeptAnswer]:
    def action(hold: KeyHold) -> KeptAnswer:
        with database.begin() as tx:
            hold.keep(tx, MADE)
        return MADE

    return action


def never(_hold: KeyHold) -> Any:
    raise AssertionError("ran a second time")


def test_a_repeat_gets_the_first_answer(database: Keys) -> None:
    assert run(database, make(database)) == OnceAnswer(status=202, body=MADE.body, is_replay=False)
    assert run(database, never) == OnceAnswer(status=202, body=MADE.body, is_replay=True)


def test_another_body_under_the_same_key_is_refused(database: Keys) -> None:
    run(database, make(database))
    with pytest.raises(Problem, match="idempotency_key_reused"):
        run(database, never, request_hash="another")


def test_a_key_is_refused_while_its_request_runs(database: Keys) -> None:
    def action(_hold: KeyHold) -> KeptAnswer:
        with pytest.raises(Problem, match="request_in_progress"):
            run(database, never)
        return MADE

    run(database, action)


def test_a_refused_request_frees_its_key_and_an_outage_preserves_the_seed(database: Keys) -> None:
    seeds: list[str] = []

    def refuse(status: int) -> Callable[[KeyHold], KeptAnswer]:
        def action(hold: KeyHold) -> KeptAnswer:
            seeds.append(hold.use.seed)
            raise Problem(Code.store_unavailable if status == 503 else Code.validation_failed)

        return action

    for status in (503, 503, 422):
        with pytest.raises(Problem):
            run(database, refuse(status))
    assert seeds[0] == seeds[1] == seeds[2]
    assert run(database, make(database), request_hash="another").is_replay is False


def test_a_run_that_was_replaced_stores_no_answer(database: Keys) -> None:
    def action(hold: KeyHold) -> KeptAnswer:
        with database.begin() as tx:
            assert tx.idempotency_keys.keep_answer(SCOPE, hold.use, answer=MADE)
        with pytest.raises(Problem, match="request_in_progress"), database.begin() as tx:
            hold.keep(tx, KeptAnswer(status=202, body={"id": "job-2"}))
        return MADE

    run(database, action)
    assert run(database, never).body == MADE.body


@pytest.mark.integration
def test_a_key_that_another_request_gives_up_meanwhile_is_no_error(
    postgres_server: PostgresServer, jobs_database: str
) -> None:
    """It is given up once the second request has found it, unless its row is locked by then."""
    with _connect(postgres_server, jobs_database) as one, _connect(postgres_server, jobs_database) as other:

        @event.listens_for(one, "after_cursor_execute")
        def give_up(_connection: Any, _cursor: Any, statement: str, *_call: Any) -> None:
            if not statement.startswith("INSERT"):
                return
            with other.begin() as connection, suppress(OperationalError):
                connection.execute(text("set local lock_timeout = 100"))
                connection.execute(delete(IdempotencyRow))

        with other.begin() as connection:
            PostgresIdempotencyKeys(connection).note_use(SCOPE, request_hash="h")
        with one.begin() as connection:
            assert PostgresIdempotencyKeys(connection).note_use(SCOPE, request_hash="h").request_hash == "h"
        with other.begin() as connection:
            assert PostgresIdempotencyKeys(connection).note_use(SCOPE, request_hash="g").request_hash == "h"


@contextmanager
def _connect(server: PostgresServer, database: str) -> Iterator[Engine]:
    engine = create_engine(server.build_url(database))
    yield engine
    engine.dispose()
