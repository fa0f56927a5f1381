"""A database that is suspended mid-operation: users, processors and the relay's locks get a 503 in
time."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command

from job_service.processes.app import create_app
from job_service.processes.migrate import build_config
from job_service.relaying.sweep_lock import PostgresSweepLock
from job_service.testing.auth import build_test_settings, trust_issuer
from job_service.web.services import EXTENSION
from videoforge.problems import Problem
from videoforge.service_tokens import HEADER

pytestmark = pytest.mark.integration

SERVICE = {HEADER: "test-service-token-of-32-characters-or-more"}
#: The time limit that callers can rely on.
ANSWER_SECONDS = 3.0


@pytest.fixture(scope="module")
def app(own_postgres):
    server, _process = own_postgres
    name = server.create_database()
    command.upgrade(build_config(server.build_url(name)), "head")
    app = create_app(
        build_test_settings(
            db_host=server.host,
            db_port=server.port,
            db_name=name,
            db_user=server.user,
            db_password=server.password,
        )
    )
    yield app
    app.extensions[EXTENSION].platform.database.engine.dispose()


@pytest.fixture
def client(app, issuer):
    trust_issuer(app, issuer)
    return app.test_client()


@pytest.fixture
def process(own_postgres):
    return own_postgres[1]


def ask_jobs(client, headers):
    return client.get("/api/jobs", headers=headers)


def wait_for(client, headers, *, status, seconds=15):
    ends_at = time.monotonic() + seconds
    while (answer := ask_jobs(client, headers)).status_code != status:
        assert time.monotonic() < ends_at, answer.json
        time.sleep(0.2)


def test_users_and_processors_get_their_503_within_three_seconds(app, client, issuer, process):
    headers = issuer.build_headers("user-1")
    claim = {"processor_id": "p-1", "dispatch": 1}
    proof = {"attempt": 1, "lease_token": "t"}
    calls = [
        lambda: app.test_client().get("/api/jobs", headers=headers),
        lambda: app.test_client().post("/internal/tasks/t/claim", json=claim, headers=SERVICE),
        lambda: app.test_client().post("/internal/tasks/t/heartbeat", json=proof, headers=SERVICE),
    ]
    wait_for(client, headers, status=200)

    def time_one(call):
        began = time.monotonic()
        return call(), time.monotonic() - began

    with process.frozen():
        with ThreadPoolExecutor(max_workers=len(calls)) as pool:
            first = list(pool.map(time_one, calls))
        then = [time_one(call) for call in calls]
    for answer, seconds in [*first, *then]:
        assert (answer.status_code, answer.json["code"]) == (503, "database_unavailable")
        assert int(answer.headers["Retry-After"]) > 0
        assert seconds < ANSWER_SECONDS
    assert min(seconds for _answer, seconds in then) < 0.5, (
        "the circuit breaker spares later callers the wait"
    )
    wait_for(client, headers, status=200)


def test_readiness_reports_it_in_time_and_recovers(client, process):
    with process.frozen():
        began = time.monotonic()
        answer = client.get("/api/ready")
        assert time.monotonic() - began < ANSWER_SECONDS
    assert (answer.status_code, answer.json["checks"]["database"]["ok"]) == (503, False)


def test_a_sweep_caught_by_the_freeze_releases_its_lock_and_runs_later(app, process):
    lock = PostgresSweepLock(app.extensions[EXTENSION].platform.database)

    def hold() -> bool:
        with lock.try_hold("mine") as is_mine:
            return is_mine

    with pytest.raises(Problem, match="database_unavailable"), lock.try_hold("mine") as is_mine:
        assert is_mine
        with process.frozen():
            app.extensions[EXTENSION].platform.database.check()
    ends_at = time.monotonic() + 15
    while True:
        try:
            if hold():
                return
        except Problem:
            assert time.monotonic() < ends_at
        time.sleep(0.2)
