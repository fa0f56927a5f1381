"""Who can reach whom, and what a container may do: tests what docs/security.md says."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.compose.containers import ONCE, SERVICES, run

pytestmark = [pytest.mark.compose, pytest.mark.timeout(900)]

#: Tries to connect; prints "open" or the error.
_CONNECT = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=3).close()
    print("open")
except OSError as error:
    print(type(error).__name__)
"""
_PORTS = {
    "postgres": 5432,
    "redis": 6379,
    "aws": 4566,
    "mail": 1025,
    "gallery-service": 5000,
    "store": 9000,
    "job-service": 8000,
    "task-api": 8000,
}


def connect(stack, service, host, port):
    """Return the result of a connection from the container, made with its own Python."""
    return stack.execute(service, "python", "-c", _CONNECT, host, str(port)).stdout.strip()


def find_address(stack, service):
    networks = stack.inspect(stack.find_container(service))["NetworkSettings"]["Networks"]
    return [network["IPAddress"] for network in networks.values()]


def test_all_services_run_and_those_that_run_once_have_ended(stack):
    states: dict[str, list[Any]] = {}
    for container in stack.compose("ps", "-aq").split():
        seen = stack.inspect(container)
        states.setdefault(seen["Config"]["Labels"]["com.docker.compose.service"], []).append(seen["State"])
    assert states.keys() == SERVICES | ONCE
    assert {state["Status"] for name in SERVICES for state in states[name]} == {"running"}
    assert {(state["Status"], state["ExitCode"]) for name in ONCE for state in states[name]} == {
        ("exited", 0)
    }


def test_no_process_of_any_container_is_root_or_may_become_it(stack):
    for container in stack.list_containers():
        users = run(["docker", "top", container, "-eo", "uid,pid,cmd"]).stdout.splitlines()[1:]
        assert users
        assert not [line for line in users if line.split()[0] == "0"], users
        host = stack.inspect(container)["HostConfig"]
        assert host["ReadonlyRootfs"]
        assert host["CapDrop"] == ["ALL"]
        assert "no-new-privileges:true" in host["SecurityOpt"]
        assert host["Memory"] > 0
        assert host["PidsLimit"] > 0
        assert not host["Privileged"]


def test_only_the_edge_has_a_port_outside(stack):
    published = {}
    for container in stack.list_containers():
        seen = stack.inspect(container)
        ports = [port for ports in (seen["NetworkSettings"]["Ports"] or {}).values() for port in ports or []]
        published[seen["Config"]["Labels"]["com.docker.compose.service"]] = {port["HostIp"] for port in ports}
    assert published.pop("edge") == {"127.0.0.1"}
    assert not any(published.values())


@pytest.mark.parametrize("service", sorted(SERVICES - {"edge", "job-service", "events", "store"}))
def test_the_edge_cannot_reach(stack, service):
    """Its name does not resolve, and its address has no route."""
    for host in (service, *find_address(stack, service)):
        port = str(_PORTS.get(service, 3002))
        asked = stack.execute("edge", "busybox", "nc", "-w", "3", host, port, check=False)
        assert asked.returncode != 0


def test_a_container_beside_the_edge_reaches_the_store_and_the_api_and_no_database(stack):
    image = stack.inspect(stack.find_container("gallery-service"))["Config"]["Image"]

    def try_from(network, host):
        command = ["docker", "run", "--rm", "--network", f"{stack.project}_{network}", image]
        return run([*command, "python", "-c", _CONNECT, host, str(_PORTS[host])]).stdout.strip()

    with ThreadPoolExecutor(len(_PORTS)) as tries:  # a name that is not found takes seconds
        answers = tries.map(lambda host: try_from("edge", host), _PORTS)
    assert {host: answer == "open" for host, answer in zip(_PORTS, answers, strict=True)} == {
        "postgres": False,
        "redis": False,
        "aws": False,
        "mail": False,
        "gallery-service": False,
        "task-api": False,
        "store": True,
        "job-service": True,
    }
    assert try_from("data", "postgres") == "open"


def test_a_processor_reaches_queue_store_and_api_and_neither_databases_nor_the_world(stack):
    with ThreadPoolExecutor(len(_PORTS)) as tries:
        answers = tries.map(lambda host: connect(stack, "video-processor", host, _PORTS[host]), _PORTS)
    reached = {host for host, answer in zip(_PORTS, answers, strict=True) if answer == "open"}
    assert _PORTS.keys() - reached == {"mail", "postgres", "redis"}
    assert connect(stack, "video-processor", "1.1.1.1", 443) != "open"


def test_no_log_holds_a_secret(stack):
    logs = stack.read_logs()
    assert re.search(r'"processor is ready".*"ffmpeg": ?"n9\.', logs)
    assert not [name for name, value in stack.secrets.items() if value in logs and name != "PUBLIC_URL"]


def test_only_who_reads_or_writes_objects_has_the_key_of_the_store(stack):
    secret = stack.secrets["LOCAL_AWS_SECRET_ACCESS_KEY"]
    environments = {
        service: json.dumps(stack.inspect(stack.find_container(service))["Config"]["Env"])
        for service in SERVICES
    }
    holders = {service for service, environment in environments.items() if secret in environment}
    assert holders == {"job-service", "relay", "video-processor", "store"}
