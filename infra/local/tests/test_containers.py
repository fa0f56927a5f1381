"""The files of the container stack, `make env` and the health check, without an engine."""

import http.server
import importlib.util
import re
import subprocess
import threading

import pytest
import yaml
from cryptography.fernet import Fernet

from infra.local.containers.bootstrap import BootstrapSettings, build_platform, build_secrets
from infra.local.containers.health_check import main as check_health
from infra.local.settings import REPOSITORY
from videoforge.settings import describe_faults

LOCAL, PROD = "docker-compose.yml", "docker-compose.prod.yml"
ONCE = {"bootstrap", "migrate-jobs", "migrate-gallery"}


def read_compose(name):
    """Return the file with its services extended as Compose merges them."""
    compose = yaml.safe_load((REPOSITORY / name).read_text())
    compose["services"] = {service: resolve(own) for service, own in compose["services"].items()}
    return compose


def resolve(service):
    """Mappings are merged, lists are joined, anything else is replaced."""
    if "extends" not in service:
        return service
    base = service.pop("extends")
    found = dict(read_compose(base["file"])["services"][base["service"]])
    for key, value in service.items():
        joins = isinstance(value, dict | list) and key in found and key != "command"
        found[key] = (
            (found[key] | value if isinstance(value, dict) else found[key] + value) if joins else value
        )
    return found


def make_env(path):
    script = REPOSITORY / "infra/local/containers/make-env.sh"
    return subprocess.run([script, path], capture_output=True, text=True, check=True).stdout


def read_env(path):
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


@pytest.fixture
def env_file(tmp_path):
    make_env(tmp_path / "env")
    return tmp_path / "env"


def test_make_env_writes_every_secret_that_the_stack_asks_for(env_file):
    files = (LOCAL, "docker-compose.observability.yml")
    asked = {name for file in files for name in re.findall(r"\$\{(\w+):\?", (REPOSITORY / file).read_text())}
    assert read_env(env_file).keys() == asked
    assert env_file.stat().st_mode & 0o777 == 0o600


def test_make_env_keeps_what_is_there_and_adds_what_is_not(tmp_path):
    path = tmp_path / "env"
    path.write_text("EDGE_PORT=8090\nDEMO_PASSWORD=Mine-1234")  # without a new line at its end
    said = make_env(path)
    assert "DEMO_PASSWORD" not in said
    assert "Mine-1234" not in said
    first = read_env(path)
    assert (first["EDGE_PORT"], first["DEMO_PASSWORD"]) == ("8090", "Mine-1234")
    assert make_env(path) == ""
    assert read_env(path) == first


def test_what_make_env_writes_is_random_and_fit_for_its_use(env_file, tmp_path):
    make_env(tmp_path / "other")
    values, others = read_env(env_file), read_env(tmp_path / "other")
    assert not set(values.values()) & set(others.values())
    assert min(map(len, values.values())) >= 20
    Fernet(values["SESSION_KEYS"])
    for kind in ("[a-z]", "[A-Z]", "[0-9]", "[!-/]"):
        assert re.search(kind, values["DEMO_PASSWORD"])
    assert not any(re.search(r"[\s$'\"#\\]", value) for value in values.values())


def test_the_bootstrap_lists_all_that_is_missing_at_once_and_shows_no_value(monkeypatch, env_file):
    for name, value in read_env(env_file).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError) as faults:
        BootstrapSettings()
    said = describe_faults(faults.value)
    assert all(name in said for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "DB_HOST"))
    settings = BootstrapSettings(aws_endpoint_url="http://aws", aws_endpoint_url_s3="http://s", db_host="p")
    keys = build_secrets(settings)
    assert keys.session_keys == read_env(env_file)["SESSION_KEYS"]
    assert not any(
        value in repr((settings, keys, build_platform(settings))) for value in read_env(env_file).values()
    )


@pytest.mark.parametrize("file", [LOCAL, PROD])
def test_every_container_has_no_rights_and_limits(file):
    for name, service in read_compose(file)["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["read_only"] is True, name
        assert "container_name" not in service, name
        if name in ONCE:
            assert service["restart"] == "no"
        else:
            assert service["restart"] == "unless-stopped"
            assert {"mem_limit", "pids_limit", "stop_grace_period"} <= service.keys(), name


@pytest.mark.parametrize("file", [LOCAL, PROD])
def test_the_processor_may_be_had_any_number_of_times(file):
    processor = read_compose(file)["services"]["video-processor"]
    assert "ports" not in processor
    assert processor["volumes"] == ["/scratch"]
    assert "PROCESSOR_ID" not in processor["environment"]


@pytest.mark.parametrize("file", [LOCAL, PROD])
def test_the_edge_shares_no_network_with_databases_queue_and_gallery(file):
    services = read_compose(file)["services"]
    beside = {name for name, service in services.items() if set(service["networks"]) & {"edge"}}
    assert beside <= {"edge", "job-service", "events", "store"}
    assert services["redis"]["networks"] == ["data"]
    assert set(services["edge"]["networks"]) <= {"public", "edge"}
    networks = read_compose(file)["networks"]
    assert networks["data"] == networks["edge"] == {"internal": True}


@pytest.mark.parametrize("file", [LOCAL, PROD])
def test_no_compose_file_holds_a_secret(file):
    for name, service in read_compose(file)["services"].items():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|TOKEN|KEY", key) and key != "AWS_ACCESS_KEY_ID":
                assert value in (None, "none") or "${" in value, f"{name}: {key}"


@pytest.mark.parametrize("file", [LOCAL, PROD])
def test_every_image_is_a_target_of_the_dockerfile_with_the_lock_and_code_it_names(file):
    dockerfile = (REPOSITORY / "Dockerfile").read_text()
    targets = re.findall(r"^FROM service AS (\S+)$", dockerfile, re.MULTILINE)
    built = [
        service for service in read_compose(file)["services"].values() if "target" in service.get("build", {})
    ]
    assert {service["build"]["target"] for service in built} <= set(targets)
    for service in built:
        build = service["build"]
        assert service["image"].startswith(f"videoforge/{build['target']}:")
        assert set(build["args"]) <= set(re.findall(r"^ARG (\w+)", dockerfile, re.MULTILINE))
        folder = REPOSITORY / build["args"]["FOLDER"]
        assert (folder / "requirements.lock").is_file()
        assert build["args"].get("INTO", "") in ("", build["args"]["FOLDER"])


def test_every_command_of_a_container_names_a_module_that_exists():
    """Containers start the modules by name, so only a running engine would notice a renamed one."""
    texts = [(REPOSITORY / file).read_text() for file in ("Dockerfile", "docker-compose.base.yml", LOCAL)]
    commands = re.findall(r"^\s*(?:CMD|command:) (\[.*\])", "\n".join(texts), re.MULTILINE)
    modules = [
        found
        for command in commands
        for found in re.findall(r'"(?:-m", "|python:)?([a-z_]+(?:\.[a-z_]+)+)', command)
    ]
    assert len(modules) >= 15
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    assert not missing


@pytest.fixture
def answering(monkeypatch):
    """A server whose /health answers 200 and everything else 503; its port is PRIVATE_PORT."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/health" else 503)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("PRIVATE_PORT", str(server.server_port))
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.integration
def test_the_health_check_says_what_the_process_says(answering, monkeypatch):
    assert check_health([]) == 0
    assert check_health([f"{answering}/other"]) == 1
    assert check_health([f"{answering}/other", "200", "503"]) == 0
    monkeypatch.setenv("PRIVATE_PORT", "1")
    assert check_health([]) == 1


@pytest.mark.parametrize(
    ("file", "below"),
    [(LOCAL, {"postgres", "aws", "store", "redis"}), (PROD, {"redis"})],
)
def test_processors_stop_before_what_they_report_to_and_that_before_what_it_needs(file, below):
    """`down` stops a container after those that list it under depends_on. Containers that have
    already ended, such as migrations, do not count, so each dependency must be listed directly."""
    needs = {
        name: set(service.get("depends_on", {})) for name, service in read_compose(file)["services"].items()
    }
    assert {"task-api"} | (below & {"aws", "store"}) <= needs["video-processor"]
    if file == LOCAL:
        for name in ("job-service", "task-api", "events", "relay", "gallery-service"):
            assert below <= needs[name], name
    assert "redis" in needs["task-api"]
