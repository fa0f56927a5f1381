"""The stack as an operator uses it: started, killed, stopped, two of them in parallel.

Only the programs and their contents; the services have e2e tests.
"""

import json
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from infra.local.processes.health import is_healthy, is_port_free, wait_until
from infra.local.processes.infrastructure import build_infrastructure
from infra.local.processes.ports import PortsTaken
from infra.local.processes.services import build_aws_access, build_processes
from infra.local.processes.supervisor import is_alive
from infra.local.processes.supervisor_config import find_socket_path
from infra.local.provisioning.bootstrap import find_credentials
from infra.local.provisioning.databases import remove_stale_lock
from infra.local.provisioning.generated_secrets import load_or_make_secrets
from infra.local.stack import Stack, remove_stray_uploads
from infra.local.status import make_reports, render_addresses, render_reports
from tests.servers.processes import build_test_settings
from tests.servers.tools import require_tool


@pytest.fixture
def make_stack(tmp_path):
    """Creates stacks without services, each in its own folder; all are stopped at the end."""
    for program in ("redis-server", "caddy", "rclone"):
        require_tool(program)
    made = []

    def make(name):
        made.append(Stack(build_test_settings(tmp_path / name), say=print, is_bound=True))
        return made[-1]

    yield make
    for stack in made:
        stack.down()


def list_infrastructure(stack):
    return build_infrastructure(stack.settings, secrets=load_or_make_secrets(stack.settings.state_dir))


def are_all_healthy(stack):
    return all(is_healthy(spec.health) for spec in list_infrastructure(stack))


def are_all_gone(stack):
    ports = [port.number for spec in list_infrastructure(stack) for port in spec.ports]
    return all(is_port_free(port) for port in ports)


def sign_in_demo_user(stack):
    """Sign the demo user in as job-service does, with the stored credentials; return the user's
    id."""
    access = build_aws_access(stack.settings, secrets=load_or_make_secrets(stack.settings.state_dir))
    demo = json.loads((stack.settings.state_dir / "credentials.json").read_text())["demo"]
    ssm, cognito = access.client("ssm"), access.client("cognito-idp")
    client_id = ssm.get_parameter(Name="/videoforge/local/COGNITO_CLIENT_ID")["Parameter"]["Value"]
    tokens = cognito.initiate_auth(
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": demo["email"], "PASSWORD": demo["password"]},
    )["AuthenticationResult"]
    attributes = cognito.get_user(AccessToken=tokens["AccessToken"])["UserAttributes"]
    ssm.close()
    cognito.close()
    return next(item["Value"] for item in attributes if item["Name"] == "sub")


@pytest.mark.e2e
def test_two_stacks_run_side_by_side_and_one_is_stopped_alone(make_stack):
    first, second = make_stack("first"), make_stack("second")
    first.up(with_services=False)
    second.up(with_services=False)
    assert sign_in_demo_user(first) != sign_in_demo_user(second)
    first.down()
    assert are_all_gone(first)
    assert are_all_healthy(second)


@pytest.mark.e2e
def test_a_killed_supervisor_leaves_nothing_and_the_next_start_finds_everything(make_stack):
    stack = make_stack("one")
    stack.up(with_services=False)
    user_id = sign_in_demo_user(stack)
    os.kill(stack.supervisor.find_pid(), signal.SIGKILL)
    assert wait_until(lambda: are_all_gone(stack), seconds=10)
    stack.up(with_services=False)
    assert sign_in_demo_user(stack) == user_id


@pytest.mark.e2e
def test_a_supervisor_that_takes_no_commands_is_replaced_with_all_it_runs(make_stack):
    stack = make_stack("one")
    stack.up(with_services=False)
    user_id = sign_in_demo_user(stack)
    before = stack.supervisor.find_pid()
    find_socket_path(stack.settings).unlink()  # as a cleaner of temporary files does
    stack.up(with_services=False)
    assert stack.supervisor.find_pid() != before
    assert not is_alive(before)
    assert sign_in_demo_user(stack) == user_id


@pytest.mark.e2e
def test_every_killed_program_comes_back_by_itself(make_stack):
    stack = make_stack("one")
    stack.up(with_services=False)
    user_id = sign_in_demo_user(stack)
    before = stack.supervisor.list_processes()
    specs = list_infrastructure(stack)
    for spec in specs:
        os.kill(before[spec.name].pid, signal.SIGKILL)

    def are_back():
        after = stack.supervisor.list_processes()
        return all(after[spec.name].pid not in {0, before[spec.name].pid} for spec in specs)

    assert wait_until(lambda: are_back() and are_all_healthy(stack), seconds=20)
    assert sign_in_demo_user(stack) == user_id


@pytest.mark.e2e
def test_a_second_up_changes_nothing_and_a_changed_setting_restarts_what_it_concerns(make_stack):
    stack = make_stack("one")
    stack.up(with_services=False)
    before = stack.supervisor.list_processes()
    stack.up(with_services=False)
    assert {name: state.pid for name, state in stack.supervisor.list_processes().items()} == {
        name: state.pid for name, state in before.items()
    }
    moved = Stack(stack.settings.model_copy(update={"processors": 3, "bind_address": "0.0.0.0"}), say=print)
    moved.up(with_services=False)
    after = moved.supervisor.list_processes()
    assert after["postgres"].pid == before["postgres"].pid
    assert after["edge"].pid != before["edge"].pid
    assert "processor-3" in after


@pytest.mark.e2e
def test_a_port_in_use_stops_the_start_before_anything_runs(make_stack):
    stack = make_stack("one")
    with socket.socket() as other:
        other.bind(("127.0.0.1", stack.settings.store_port))
        other.listen()
        with pytest.raises(PortsTaken, match=f"Port {stack.settings.store_port}.*set STORE_PORT"):
            stack.up(with_services=False)
    assert not stack.supervisor.is_running()


@pytest.mark.e2e
def test_bucket_queue_and_databases_are_there_and_status_tells_what_is_down(make_stack):
    stack = make_stack("one")
    stack.up(with_services=False)
    secrets = load_or_make_secrets(stack.settings.state_dir)
    access = build_aws_access(stack.settings, secrets=secrets)
    s3, sqs = access.client("s3"), access.client("sqs")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["video-forge-storage"]
    queues = {url.rpartition("/")[2] for url in sqs.list_queues()["QueueUrls"]}
    assert queues == {"videoforge-local-tasks.fifo", "videoforge-local-tasks-dead.fifo"}
    s3.close()
    sqs.close()
    specs = build_processes(stack.settings, secrets=secrets)
    reports = make_reports(specs, states=stack.supervisor.list_processes())
    assert [report.name for report in reports if report.is_right] == [
        "postgres",
        "redis",
        "mail",
        "aws",
        "store",
        "edge",
    ]
    assert "not healthy" in render_reports(reports)
    shown = render_addresses(stack.settings, credentials=find_credentials(stack.settings))
    assert stack.settings.origin in shown
    assert "demo@example.com" in shown


@pytest.mark.e2e
def test_a_lock_that_a_stopped_machine_left_is_removed_and_a_live_one_is_not(make_stack):
    stack = make_stack("one")
    stack.up(with_services=False)
    data_dir = stack.settings.state_dir / "postgres"
    lock = data_dir / "postmaster.pid"
    held = lock.read_text()
    remove_stale_lock(data_dir)
    assert lock.exists()
    stack.down()
    lock.write_text(held.replace(held.split()[0], str(os.getpid()), 1))  # our own number, as after a reboot
    stack.up(with_services=False)
    assert are_all_healthy(stack)


@pytest.mark.e2e
def test_a_shells_own_aws_account_and_passwords_do_not_reach_the_stack(make_stack, monkeypatch):
    monkeypatch.setenv("AWS_SESSION_TOKEN", "canary")
    monkeypatch.setenv("DB_PASSWORD", "canary")
    stack = make_stack("one")
    stack.up(with_services=False)
    pid = stack.supervisor.list_processes()["store"].pid
    assert "canary" not in Path(f"/proc/{pid}/environ").read_text()


@pytest.mark.e2e
def test_a_service_restarts_when_the_user_changes_one_of_its_settings(make_stack, monkeypatch):
    stack = make_stack("one")
    stack.up(with_services=False)
    stack.supervisor.start_processes(["relay"])
    before = stack.supervisor.list_processes()
    monkeypatch.setenv("UPLOAD_HOURS", "7")
    stack.up(with_services=False)
    after = stack.supervisor.list_processes()
    assert after["store"].pid == before["store"].pid
    assert after["relay"].pid != before["relay"].pid


def test_only_parts_of_uploads_older_than_a_day_are_removed(tmp_path):
    now = time.time()
    for name, age_hours in [
        (".rclone_temp_multipart_old", 25),
        (".rclone_temp_multipart_new", 23),
        ("source.mp4", 99),
    ]:
        path = tmp_path / "bucket" / "users" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        os.utime(path, (now - age_hours * 3600,) * 2)
    remove_stray_uploads(tmp_path, now=now)
    left = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    assert left == [".rclone_temp_multipart_new", "source.mp4"]
