"""A job-service gunicorn whose master was killed leaves a folder, and the next one removes it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from pydantic import SecretStr

from job_service.testing.auth import build_test_settings
from tests.servers.ports import find_free_ports

pytestmark = pytest.mark.integration


def build_environment(folder: Path) -> dict[str, str]:
    """No dependencies are running: a server starts and stops without them."""
    settings = build_test_settings().model_dump(exclude_none=True)
    values = {
        name: value.get_secret_value() if isinstance(value, SecretStr) else value
        for name, value in settings.items()
    }
    port, private_port = find_free_ports(2)
    own = {"EVENTS_PORT": port, "PRIVATE_PORT": private_port, "TMPDIR": folder, "PATH": os.environ["PATH"]}
    aws = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    return {name.upper(): str(value) for name, value in (values | own | aws).items()}


@contextmanager
def run_events(folder: Path, environment: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "gunicorn", "-c", "python:job_service.processes.gunicorn_events"]
    with (
        (folder / "log").open("ab") as log,
        subprocess.Popen(
            [*command, "job_service.processes.events:create_app()"], env=environment, stdout=log, stderr=log
        ) as process,
    ):
        try:
            ends_at = time.monotonic() + 60
            while not _answers(environment["PRIVATE_PORT"]):
                assert process.poll() is None and time.monotonic() < ends_at, (folder / "log").read_text()
                time.sleep(0.1)
            yield process
        finally:
            process.terminate()


def _answers(port: str) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/health", timeout=2).status_code == 200
    except requests.RequestException:
        return False


def _is_open(port: int) -> bool:
    """Say whether a worker still has the port: it notices on its own that its master is gone."""
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def list_folders(folder: Path) -> set[Path]:
    return set(folder.glob("videoforge-*"))


def test_the_next_start_removes_the_folder_of_a_killed_server(tmp_path: Path) -> None:
    environment = build_environment(tmp_path)
    with run_events(tmp_path, environment) as first:
        left = list_folders(tmp_path)
        assert len(left) == 1
        first.kill()
    ends_at = time.monotonic() + 30
    while _is_open(int(environment["EVENTS_PORT"])):
        assert time.monotonic() < ends_at, "its worker is still running"
        time.sleep(0.1)
    assert list_folders(tmp_path) == left
    with run_events(tmp_path, build_environment(tmp_path)):
        now = list_folders(tmp_path)
        assert len(now) == 1
        assert not now & left
    assert not list_folders(tmp_path)
