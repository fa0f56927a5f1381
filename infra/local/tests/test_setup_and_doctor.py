"""What doctor reports about a tool, and what the Makefile offers; the stack does not run."""

import hashlib
import re
import subprocess
import sys

import pytest

from infra.local.doctor import Tool, examine_packages, examine_tool, list_tools, render_findings
from infra.local.processes.infrastructure import ProcessSpec
from infra.local.settings import REPOSITORY

TOOL = Tool("Caddy", ("caddy", "version"), (2, 6), "apt-get install caddy")
TARGETS = {
    *("setup", "install", "install-dev", "doctor", "demo", "up", "down", "status", "logs", "ui", "urls"),
    *("test", "test-unit", "test-integration", "test-e2e", "test-video", "quality", "lint", "fmt", "types"),
    *("migrate", "openapi", "bench", "clean"),
}


@pytest.mark.parametrize("output", ["v2.6.0", "2.6", "caddy 2.10.2 h1:x", "3.0"])
def test_a_tool_of_the_lowest_version_or_later_is_good(output):
    assert examine_tool(TOOL, run=lambda command: output).is_good


def test_an_old_tool_is_named_with_its_version_and_the_remedy():
    finding = examine_tool(TOOL, run=lambda command: "v2.5.9")
    assert not finding.is_good
    assert "v2.5.9" in finding.detail
    assert "2.6 or later" in finding.detail
    assert "fix: apt-get install caddy" in render_findings([finding])


def test_a_missing_tool_is_named_with_its_remedy():
    finding = examine_tool(TOOL, run=lambda command: None)
    assert (finding.is_good, finding.detail, finding.remedy) == (False, "not found", TOOL.remedy)


def test_python_packages_are_good_until_the_lock_changes(tmp_path):
    (tmp_path / ".venv").mkdir()
    (tmp_path / "services" / "one").mkdir(parents=True)
    (tmp_path / "services" / "one" / "pyproject.toml").write_text("b")
    lock = tmp_path / "requirements.lock"
    lock.write_text("a")
    assert examine_packages(tmp_path).detail == "not installed"
    (tmp_path / ".venv" / ".setup-stamp").write_text(hashlib.sha256(b"ab").hexdigest() + "\n")
    assert examine_packages(tmp_path).is_good
    lock.write_text("c")
    assert examine_packages(tmp_path).remedy == "make setup"


def test_doctor_runs_before_anything_is_installed():
    """With a Python that has none of our packages."""
    done = subprocess.run(
        [sys.executable, "-S", "-m", "infra.local.doctor"], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert "Caddy" in done.stdout
    assert not done.stderr


def test_every_tool_has_a_remedy():
    assert all(tool.remedy for tool in list_tools())


def test_bare_make_prints_a_line_for_every_target():
    shown = subprocess.run(["make"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    lines = dict(re.findall(r"^  make (\S+) +(\S.*)$", shown, flags=re.MULTILINE))
    assert set(lines) >= TARGETS


def test_a_process_description_shows_no_environment():
    spec = ProcessSpec(name="x", command=(), ports=(), health=None, environment={"PASSWORD": "canary"})
    assert "canary" not in repr(spec)
