"""The files beside docker-compose.yml: processors on another machine, a domain with TLS,
Prometheus."""

import json
import re
import shlex
from dataclasses import replace
from ipaddress import ip_network
from uuid import uuid4

import pytest
import requests

from demo.api_client import ApiClient
from demo.playback import play_video
from infra.local.processes.health import wait_until
from tests.compose.conftest import PROMETHEUS_SETTINGS, VERSION
from tests.compose.containers import SERVICES, run
from tests.e2e.film import SAMPLE, make_video, transcode
from tests.house.repository import ROOT
from tests.servers.ports import find_free_ports

pytestmark = [pytest.mark.compose, pytest.mark.timeout(900)]

#: What docker-compose.prod.yml leaves to AWS.
_CLOUD = {"postgres", "aws", "store"}
#: A sweep that found something, a dead letter, an unreadable row, a waiting task or processor.
_FIRST_SEEN_WHEN_NEEDED = {
    *("videoforge_swept_total", "videoforge_dead_letters", "videoforge_set_aside"),
    *("videoforge_waiting_tasks", "videoforge_processor_unfit"),
}


def find_gateway():
    """Return the address of this machine in the engine's default network, which no project uses. An
    engine that has just made that network does not name its gateway, which is the first address."""
    found = run(["docker", "network", "inspect", "bridge", "-f", "{{json .IPAM.Config}}"]).stdout
    [network] = [part for part in json.loads(found) if "." in part["Subnet"]]
    return network.get("Gateway") or str(next(ip_network(network["Subnet"]).hosts()))


def read_documented_command():
    """Return the line of docs/deployment.md that starts a processor without AWS."""
    blocks = re.findall(r"```sh\n(docker run .*?)```", (ROOT / "docs/deployment.md").read_text(), re.DOTALL)
    [found] = [block for block in blocks if "AWS_ENDPOINT_URL_S3" in block]
    return found.replace("\\\n", " ")


def find_address(stack, service, network):
    networks = stack.inspect(stack.find_container(service))["NetworkSettings"]["Networks"]
    return networks[f"{stack.project}_{network}"]["IPAddress"]


def test_a_processor_on_another_machine_needs_three_addresses(stack, client):
    machine = find_gateway()
    env_file = stack.env_file.with_name("env-processors")
    env_file.write_text(stack.env_file.read_text() + f"PRIVATE_ADDRESS={machine}\n")
    files = ("docker-compose.yml", "docker-compose.processors.yml")
    first = replace(stack, env_file=env_file, files=files)
    secret = stack.secrets["LOCAL_AWS_SECRET_ACCESS_KEY"]
    line = read_documented_command().replace("10.0.0.1", machine).replace(":local", f":{VERSION}")
    line = line.replace("=LOCAL_AWS_SECRET_ACCESS_KEY", f"={secret}")
    other = ""
    try:
        first.up(processors=0)
        assert not first.list_containers("video-processor")
        other = run(shlex.split(line)).stdout.strip()
        video = make_video(client, SAMPLE)
        job = transcode(client, video, formats=["480p"], seconds=120)
        assert job["status"] == "completed"
        assert len(play_video(client, video).renditions) == 1
    finally:
        if other:
            run(["docker", "rm", "-f", "-v", other])
        stack.up()


@pytest.fixture
def prod(stack):
    """The production file on the stack's own cloud; its edge gets a certificate for the name
    `localhost`."""
    http, https, tasks = find_free_ports(3)
    store = f"http://{find_address(stack, 'store', 'app')}:9000"
    values = {
        "STACK": stack.project,
        "DOMAIN": "localhost",
        "HTTP_PORT": http,
        "HTTPS_PORT": https,
        "TASK_API_PORT": tasks,
        "STAGE": "local",
        "AWS_REGION": "us-east-1",
        "S3_BUCKET_NAME": "video-forge-storage",
        "STORE_ORIGIN": store,
        "DB_HOST": "postgres",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": stack.secrets["LOCAL_AWS_SECRET_ACCESS_KEY"],
        "VERSION": VERSION,
    }
    env_file = stack.env_file.with_name("env-prod")
    env_file.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    stack.compose("stop", *sorted(SERVICES - _CLOUD))
    made = replace(
        stack,
        project=f"videoforge-{uuid4().hex[:8]}",
        env_file=env_file,
        origin=f"https://localhost:{https}",
        files=("docker-compose.prod.yml", "tests/compose/prod-on-local-aws.yml"),
    )
    try:
        made.up()
        yield made, f"http://localhost:{http}"
    finally:
        made.compose("down", "-v")
        stack.up()


def test_the_production_file_serves_a_domain_with_tls_and_makes_videos(stack, prod, tmp_path, monkeypatch):
    made, plain_origin = prod
    authority = tmp_path / "root.crt"
    authority.write_text(made.execute("edge", "cat", "/state/caddy/pki/authorities/local/root.crt").stdout)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))  # for ffmpeg, which plays the stream
    client = ApiClient(made.origin)
    client.http.verify = str(authority)
    password = {"email": "demo@example.com", "password": stack.secrets["DEMO_PASSWORD"]}
    signed_in = client.send(
        "POST", "auth/login", json=password, headers={"X-VideoForge-Client": "web", "Origin": made.origin}
    )
    cookie = signed_in.headers["Set-Cookie"]
    assert cookie.startswith("__Host-")
    assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
    assert "access_token" not in signed_in.json()
    client.http.cookies.clear()
    client.sign_in(password["email"], password=password["password"])
    video = make_video(client, SAMPLE)
    assert transcode(client, video, formats=["480p"], seconds=120)["status"] == "completed"
    assert len(play_video(client, video).renditions) == 1
    client.close()
    moved = requests.get(f"{plain_origin}/api", allow_redirects=False, timeout=5)
    assert moved.status_code == 308
    assert moved.headers["Location"].startswith("https://localhost")
    for service, port in (("task-api", 8000), ("gallery-service", 5000), ("redis", 6379)):
        networks = made.inspect(made.find_container(service))["NetworkSettings"]["Networks"]
        for host in (service, *(network["IPAddress"] for network in networks.values())):
            command = ("busybox", "nc", "-w", "3", host, str(port))
            assert made.execute("edge", *command, check=False).returncode != 0, (service, host)
    page = requests.get(made.origin, verify=str(authority), timeout=5)
    assert stack.origin not in page.text
    assert (
        f"connect-src 'self' http://{find_address(stack, 'store', 'app')}:9000;"
        in (page.headers["Content-Security-Policy"])
    )


@pytest.fixture
def prometheus(stack, prometheus_image):
    """Prometheus with our configuration, in the networks that docker-compose.observability.yml puts
    it in."""
    command = ["docker", "run", "-d", "--rm", "--network", f"{stack.project}_app", *PROMETHEUS_SETTINGS]
    container = run([*command, prometheus_image]).stdout.strip()
    try:
        run(["docker", "network", "connect", f"{stack.project}_edge", container])
        networks = stack.inspect(container)["NetworkSettings"]["Networks"]
        address = networks[f"{stack.project}_app"]["IPAddress"]
        yield lambda path, **query: requests.get(
            f"http://{address}:9090/api/v1/{path}", params=query, timeout=10
        ).json()
    finally:
        run(["docker", "rm", "-f", "-v", container])


def test_prometheus_finds_every_process_and_the_dashboard_names_what_it_has(stack, client, prometheus):
    transcode(client, make_video(client, SAMPLE), formats=["480p"], seconds=120)
    ours = SERVICES - {"postgres", "redis", "mail", "aws", "store"}

    def find_targets():
        try:
            targets = prometheus("targets")["data"]["activeTargets"]
        except requests.ConnectionError:
            return set()
        return {target["labels"]["job"] for target in targets if target["health"] == "up"}

    assert wait_until(lambda: find_targets() == ours, seconds=90, step_seconds=1), find_targets()
    dashboard = json.loads((ROOT / "infra/observability/grafana/dashboards/videoforge.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(expressions) > 10
    for expression in expressions:
        assert prometheus("query", query=expression)["status"] == "success", expression
    named = set(re.findall(r"videoforge_\w+", " ".join(expressions)))

    def find_missing():
        return named - set(prometheus("label/__name__/values")["data"]) - _FIRST_SEEN_WHEN_NEEDED

    assert wait_until(lambda: not find_missing(), seconds=45, step_seconds=1), find_missing()
