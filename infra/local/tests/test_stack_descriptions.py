"""What the stack would run, computed from settings: no process, no socket."""

import configparser
import json
from pathlib import Path

import pytest

from infra.local.processes.infrastructure import build_infrastructure
from infra.local.processes.ports import PortsTaken, await_release, check_ports
from infra.local.processes.services import build_processes
from infra.local.processes.supervisor_config import (
    build_supervisor_config,
    find_environment_file,
    find_socket_path,
)
from infra.local.provisioning.generated_secrets import StackSecrets, load_or_make_secrets
from infra.local.settings import REPOSITORY, TOOLS, StackSettings

SECRETS = StackSecrets()
PROGRAMS = ["postgres", "redis", "mail", "aws", "store", "edge"]
NAMES = [*PROGRAMS, "gallery", "job-service", "task-api", "events", "relay", "processor-1", "processor-2"]


def make_settings(**values):
    return StackSettings(_env_file=None, **{"state_dir": "/state", **values})


@pytest.fixture(autouse=True)
def _no_settings_from_the_desk(monkeypatch):
    for name in StackSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_the_stack_is_six_programs_then_the_services():
    assert [spec.name for spec in build_processes(make_settings(), secrets=SECRETS)] == NAMES


def test_there_are_as_many_processors_as_wanted_each_with_its_own_port_and_folder():
    specs = build_processes(make_settings(processors=4), secrets=SECRETS)
    processors = [spec for spec in specs if spec.name.startswith("processor-")]
    assert [spec.ports[0].number for spec in processors] == [3002, 3003, 3004, 3005]
    assert len({spec.environment["SCRATCH_DIR"] for spec in processors}) == 4
    assert len({spec.environment["PROCESSOR_ID"] for spec in processors}) == 4


def test_every_process_ends_with_whoever_started_it():
    for spec in build_processes(make_settings(), secrets=SECRETS):
        at_once = "QUIT" if spec.name == "postgres" else "KILL"
        assert spec.command[:4] == ("setpriv", "--pdeathsig", at_once, "--")


def test_processors_speak_with_a_process_that_the_public_has_no_part_in():
    specs = {spec.name: spec for spec in build_processes(make_settings(), secrets=SECRETS)}
    assert specs["processor-1"].environment["JOB_SERVICE_URL"] == "http://127.0.0.1:8002"
    assert specs["task-api"].environment["SERVER_PORT"] == "8002"
    assert specs["job-service"].environment["SERVE_TASK_API"] == "false"
    assert specs["edge"].environment["JOB_SERVICE_ADDRESS"] == "127.0.0.1:8000"


def test_no_command_line_shows_a_secret():
    text = str([spec.command for spec in build_processes(make_settings(), secrets=SECRETS)])
    assert not [value for value in vars(SECRETS).values() if value in text]


def test_services_find_passwords_in_secrets_manager_and_not_in_their_environment():
    hidden = set(vars(SECRETS).values()) - {SECRETS.aws_secret_access_key}
    for spec in build_processes(make_settings(), secrets=SECRETS):
        given = {SECRETS.service_tokens} if spec.name == "mail" else set()  # it asks no other process
        assert hidden & set(spec.environment.values()) == given


def test_the_port_offset_moves_every_port_that_is_not_set_by_name():
    plain, moved = make_settings(), make_settings(port_offset=100, redis_port=7777)
    names = {name for name in StackSettings.model_fields if name.endswith("_port")}
    names -= {"redis_port", "smtp_port"}  # set by name; another machine's
    assert {getattr(moved, name) - getattr(plain, name) for name in names} == {100}
    assert moved.redis_port == 7777
    assert moved.origin == "http://localhost:8180"


def test_settings_come_from_the_environment_and_an_empty_one_counts_for_nothing(monkeypatch):
    monkeypatch.setenv("PORT_OFFSET", "5")
    monkeypatch.setenv("STORE_PORT", "9999")
    monkeypatch.setenv("EDGE_PORT", "")
    settings = make_settings()
    assert (settings.edge_port, settings.store_port) == (8085, 9999)


def test_the_client_and_the_services_are_told_the_same():
    settings = make_settings(sign_up=False, anonymous_viewing=False, max_upload_bytes=1000)
    specs = {spec.name: spec for spec in build_processes(settings, secrets=SECRETS)}
    shown = json.loads(specs["edge"].environment["CLIENT_CONFIG"])
    assert (shown["sign_up"], shown["anonymous_viewing"], shown["max_upload_bytes"]) == (False, False, 1000)
    assert specs["job-service"].environment["SIGN_UP"] == "false"
    for name in ("job-service", "gallery"):
        assert specs[name].environment["ANONYMOUS_VIEWING"] == "false"
        assert specs[name].environment["MAX_UPLOAD_BYTES"] == "1000"


def test_a_relative_state_folder_is_below_the_repository():
    assert make_settings(state_dir=".other").state_dir == REPOSITORY / ".other"


def test_a_domain_makes_the_origin_https():
    assert make_settings(domain="video.example.org").origin == "https://video.example.org"


def test_a_port_in_use_is_named_with_the_setting_that_changes_it():
    specs = build_infrastructure(make_settings(), secrets=SECRETS)
    with pytest.raises(PortsTaken) as caught:
        check_ports(specs, is_free=lambda port: port not in {8080, 16379})
    assert "Port 8080, wanted by edge, is in use: set EDGE_PORT." in str(caught.value)
    assert "Port 16379, wanted by redis, is in use: set REDIS_PORT." in str(caught.value)
    assert "PORT_OFFSET" in str(caught.value)


def test_two_processes_cannot_be_given_one_port():
    specs = build_infrastructure(make_settings(store_port=4566), secrets=SECRETS)
    with pytest.raises(PortsTaken, match="Port 4566 is wanted by both aws and store: set STORE_PORT"):
        check_ports(specs, is_free=lambda port: True)


def test_free_ports_are_no_fault():
    check_ports(build_processes(make_settings(), secrets=SECRETS), is_free=lambda port: True)


def test_a_port_that_a_killed_process_still_holds_is_waited_for():
    specs = build_processes(make_settings(), secrets=SECRETS)
    asked = []

    def is_free(port):
        """8080 is held while it is looked at the first three times."""
        asked.append(port)
        return port != 8080 or asked.count(8080) > 3

    await_release(specs, is_free=is_free, seconds=10)
    check_ports(specs, is_free=is_free)


def test_a_port_that_stays_taken_is_waited_for_so_long_and_then_named():
    specs = build_processes(make_settings(), secrets=SECRETS)
    await_release(specs, is_free=lambda port: port != 8080, seconds=0.1)
    with pytest.raises(PortsTaken, match="Port 8080"):
        check_ports(specs, is_free=lambda port: port != 8080)


GOLDEN = """
[program:relay]
command=setpriv --pdeathsig KILL -- {tools}/python -I {launcher} {file} {note} {program}
priority=11
autostart=false
autorestart=true
startsecs=2
startretries=1000000
stopsignal=TERM
stopwaitsecs=25
killasgroup=true
redirect_stderr=true
stdout_logfile=/state/logs/relay.log
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=3
"""


def test_the_supervisor_config_of_a_process():
    settings = make_settings()
    specs = build_processes(settings, secrets=SECRETS)
    relay = next(spec for spec in specs if spec.name == "relay")
    wanted = GOLDEN.format(
        tools=TOOLS,
        launcher=REPOSITORY / "infra/local/processes/with_environment.py",
        file=find_environment_file(settings, spec=relay),
        note="/state/run/processes/relay",
        program=f"{TOOLS}/python -m job_service.processes.relay",
    )
    assert wanted in build_supervisor_config(settings, specs=specs)


def test_the_supervisor_config_names_every_process_and_holds_no_secret():
    settings = make_settings()
    text = build_supervisor_config(settings, specs=build_processes(settings, secrets=SECRETS))
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    assert [name[8:] for name in parser.sections() if name.startswith("program:")] == NAMES
    assert not [value for value in vars(SECRETS).values() if value in text]
    assert "%" not in text.replace("%%", "")


def test_postgres_is_stopped_fast_and_processors_have_time_to_finish():
    specs = {spec.name: spec for spec in build_processes(make_settings(), secrets=SECRETS)}
    assert specs["postgres"].stop_signal == "INT"
    assert specs["processor-1"].stop_seconds == 60


def test_changed_variables_are_kept_under_another_name_so_that_the_supervisor_sees_them():
    before, after = (
        next(
            find_environment_file(settings, spec=spec)
            for spec in build_processes(settings, secrets=SECRETS)
            if spec.name == "relay"
        )
        for settings in (make_settings(), make_settings(trash_hours=7))
    )
    assert before != after


def test_the_supervisors_socket_stays_within_the_length_of_a_socket_path():
    assert find_socket_path(make_settings()) == Path("/state/run/supervisor.sock")
    long = make_settings(state_dir="/" + "deep/" * 40)
    other = make_settings(state_dir="/" + "deep/" * 41)
    assert len(str(find_socket_path(long))) < 90
    assert find_socket_path(long) != find_socket_path(other)


def test_secrets_are_made_once_kept_private_and_never_shown(tmp_path):
    made = load_or_make_secrets(tmp_path)
    assert load_or_make_secrets(tmp_path) == made
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert made.postgres_password not in repr(made)
    assert len(set(vars(made).values())) == len(vars(made))
