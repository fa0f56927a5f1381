"""Checks what the stack needs on this machine, and names the command that fixes what is missing.

`python3 -m infra.local.doctor`, uses only the standard library, because it runs before setup does.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.local.processes.postgres_programs import as_postgres_user, find_postgres_program

_REPOSITORY = Path(__file__).resolve().parents[2]
_TOOLS = _REPOSITORY / ".venv" / "bin"
_FREE_BYTES_WANTED = 5 * 1024**3
_SETUP = "make setup"


@dataclass(frozen=True)
class Tool:
    """A program, its lowest usable version, and how to install it."""

    name: str
    command: tuple[str, ...]
    lowest: tuple[int, ...]
    remedy: str


@dataclass(frozen=True)
class Finding:
    name: str
    is_good: bool
    detail: str
    remedy: str = ""


def list_tools() -> list[Tool]:
    """Return every program that setup, the stack or the tests call."""
    apt = "apt-get install {} (or " + _SETUP + ")"
    return [
        Tool("PostgreSQL", (find_postgres_program("postgres"), "--version"), (14,), apt.format("postgresql")),
        Tool("Redis", ("redis-server", "--version"), (6, 2), apt.format("redis-server")),
        Tool("Caddy", ("caddy", "version"), (2, 6), apt.format("caddy")),
        Tool("ffprobe", ("ffprobe", "-version"), (5, 1), apt.format("ffmpeg")),
        Tool("setpriv", ("setpriv", "--version"), (2, 33), apt.format("util-linux")),
        Tool("ShellCheck", ("shellcheck", "--version"), (0, 7), apt.format("shellcheck")),
        Tool("rclone", (str(_TOOLS / "rclone"), "version"), (1, 75), _SETUP),
        Tool("supervisor", (str(_TOOLS / "supervisord"), "--version"), (4, 3), _SETUP),
        Tool("uv", (str(_TOOLS / "uv"), "--version"), (0, 5), _SETUP),
    ]


def examine(state_dir: Path) -> list[Finding]:
    """Return one finding for each check."""
    return [
        _examine_python(),
        *(examine_tool(tool, run=_run) for tool in list_tools()),
        examine_packages(_REPOSITORY),
        _examine_postgres_user(),
        _examine_disk(state_dir),
    ]


def examine_tool(tool: Tool, *, run: Callable[[Sequence[str]], str | None]) -> Finding:
    """Compare the first version number that a program prints; `run` returns None where it cannot
    run."""
    output = run(tool.command)
    if output is None:
        return Finding(tool.name, False, "not found", tool.remedy)
    found = re.search(r"\d+(?:\.\d+)+|\d+", output)
    version = tuple(map(int, found.group().split("."))) if found else ()
    wanted = ".".join(map(str, tool.lowest))
    if version < tool.lowest:
        return Finding(tool.name, False, f"{output.strip()[:40]!r}, needs {wanted} or later", tool.remedy)
    return Finding(tool.name, True, ".".join(map(str, version)))


def examine_packages(repository: Path) -> Finding:
    """Compare the stamp that setup left with what it would install now."""
    sources = [repository / "requirements.lock", *sorted(repository.glob("services/*/pyproject.toml"))]
    wanted = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    stamp = repository / ".venv" / ".setup-stamp"
    if not stamp.exists():
        return Finding("Python packages", False, "not installed", _SETUP)
    if stamp.read_text().strip() != wanted:
        return Finding("Python packages", False, "other versions than requirements.lock names", _SETUP)
    return Finding("Python packages", True, "as in requirements.lock")


def render_findings(findings: Sequence[Finding]) -> str:
    width = max(len(finding.name) for finding in findings)
    return "\n".join(
        f"{'ok  ' if finding.is_good else 'BAD '}{finding.name.ljust(width)}  {finding.detail}"
        + (f"\n    {' ' * width}  fix: {finding.remedy}" if finding.remedy else "")
        for finding in findings
    )


def _examine_python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    is_good = sys.version_info >= (3, 11)
    return Finding(
        "Python", is_good, version, "" if is_good else "install Python 3.11 or later, then make setup"
    )


def _examine_postgres_user() -> Finding:
    """PostgreSQL refuses to run as root, so root needs a user namespace for it (see
    as_postgres_user)."""
    name, who = "PostgreSQL's user", "root, through a user namespace" if os.geteuid() == 0 else "this user"
    try:
        is_good = _run(as_postgres_user(["true"])) is not None
    except KeyError:
        return Finding(name, False, "there is no user postgres", "apt-get install postgresql")
    if is_good:
        return Finding(name, True, who)
    return Finding(name, False, "user namespaces are off", "run make as an ordinary user, or allow them")


def _examine_disk(state_dir: Path) -> Finding:
    folder = state_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    detail = f"{free / 1024**3:.1f} GiB free for {state_dir}"
    is_good = free >= _FREE_BYTES_WANTED
    return Finding("Disk", is_good, detail, "" if is_good else "make room, or set STATE_DIR to a larger disk")


def _run(command: Sequence[str]) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout + done.stderr if done.returncode == 0 else None


def main() -> int:
    findings = examine(_REPOSITORY / os.environ.get("STATE_DIR", ".local"))
    print(render_findings(findings))
    return 0 if all(finding.is_good for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
