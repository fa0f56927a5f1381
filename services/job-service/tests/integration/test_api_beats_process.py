"""A gunicorn that serves the task API writes heartbeats by itself, and ends a gap."""

import os
import signal
import subprocess
import sys
import time

import pytest
from pydantic import SecretStr

from job_service.processes.api_beats import beat
from job_service.testing.auth import build_test_settings
from job_service.testing.postgres_jobs import build_postgres_stage
from tests.servers.ports import find_free_ports

pytestmark = pytest.mark.integration


@pytest.fixture
def stage(postgres_server, jobs_database):
    stage = build_postgres_stage(postgres_server.build_url(jobs_database))
    yield stage
    stage.database.engine.dispose()


@pytest.fixture
def last_beat_at(stage):
    """Return the time of the last heartbeat, 100 s ago."""
    beat(stage.ports)
    stage.wait(100)
    with stage.ports.database.begin() as tx:
        return tx.beats.find().last_seen_at


@pytest.fixture
def server(last_beat_at, postgres_server, jobs_database, tmp_path):
    port, private_port = find_free_ports(2)
    settings = build_test_settings(
        db_host=postgres_server.host,
        db_port=postgres_server.port,
        db_name=jobs_database,
        db_user=postgres_server.user,
        db_password=postgres_server.password,
        server_port=port,
        private_port=private_port,
        server_workers=1,
    ).model_dump(exclude_none=True)
    values = {
        name: value.get_secret_value() if isinstance(value, SecretStr) else value
        for name, value in settings.items()
    }
    own = {"TMPDIR": tmp_path, "PATH": os.environ["PATH"]}
    aws = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    with subprocess.Popen(
        [
            sys.executable,
            *("-m", "gunicorn", "-c", "python:job_service.processes.gunicorn_web"),
            "job_service.processes.task_api:create_app()",
        ],
        env={name.upper(): str(value) for name, value in (values | own | aws).items()},
    ) as process:
        yield process
        process.send_signal(signal.SIGTERM)


def test_it_writes_heartbeats_from_its_start_and_ends_the_gap_before_it(stage, last_beat_at, server):
    ends_at = time.monotonic() + 60
    found = None
    while found is None or found.last_seen_at == last_beat_at:
        assert time.monotonic() < ends_at, "no beat"
        time.sleep(0.1)
        with stage.ports.database.begin() as tx:
            found = tx.beats.find()
    assert found.gap_began_at == last_beat_at
    assert found.silent_seconds >= 100
