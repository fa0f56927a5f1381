"""The commands of the one-machine stack: `python -m infra.local COMMAND`; --help lists them.

Exit codes: 0 success, 1 failure, 2 invalid settings or command line.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
import webbrowser
from collections.abc import Callable, Mapping

from infra.local.processes.ports import PortsTaken
from infra.local.processes.services import build_processes
from infra.local.provisioning.bootstrap import find_credentials
from infra.local.provisioning.generated_secrets import load_or_make_secrets
from infra.local.settings import StackSettings
from infra.local.stack import Stack, StackError
from infra.local.status import make_reports, render_addresses, render_reports
from videoforge.settings import load_settings


def run_up(settings: StackSettings, _arguments: argparse.Namespace) -> int:
    began = time.monotonic()
    Stack(settings, say=print).up()
    print(f"Ready after {time.monotonic() - began:.1f} s\n")
    return run_urls(settings, _arguments)


def run_down(settings: StackSettings, _arguments: argparse.Namespace) -> int:
    Stack(settings, say=print).down()
    print("The stack is down; its state stays in", settings.state_dir)
    return 0


def run_status(settings: StackSettings, _arguments: argparse.Namespace) -> int:
    supervisor = Stack(settings, say=print).supervisor
    if not supervisor.is_running():
        print("The stack is down. `make up` starts it.")
        return 1
    specs = build_processes(settings, secrets=load_or_make_secrets(settings.state_dir))
    reports = make_reports(specs, states=supervisor.list_processes())
    print(render_reports(reports))
    return 0 if all(report.is_right for report in reports) else 1


def run_logs(settings: StackSettings, arguments: argparse.Namespace) -> int:
    """Follow the logs of one process or of all until Ctrl-C; without a terminal, print the last
    lines."""
    pattern = f"{arguments.service}.log" if arguments.service else "*.log"
    paths = sorted(settings.log_dir.glob(pattern))
    if not paths:
        known = sorted(path.stem for path in settings.log_dir.glob("*.log"))
        print(f"There is no log of {arguments.service or 'anything'} yet. Logs: {', '.join(known) or 'none'}")
        return 1
    follow = ["-F"] if sys.stdout.isatty() else []
    try:
        return subprocess.run(["tail", "-n", "100", *follow, *map(str, paths)], check=False).returncode
    except KeyboardInterrupt:
        return 0


def run_urls(settings: StackSettings, _arguments: argparse.Namespace) -> int:
    print(render_addresses(settings, credentials=find_credentials(settings)))
    return 0


def run_ui(settings: StackSettings, _arguments: argparse.Namespace) -> int:
    has_screen = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if not has_screen or not webbrowser.open(settings.origin):
        print(f"Open {settings.origin}/ in a browser.")
    return 0


def run_migrate(settings: StackSettings, _arguments: argparse.Namespace) -> int:
    Stack(settings, say=print).migrate()
    return 0


def run_clean(settings: StackSettings, _arguments: argparse.Namespace) -> int:
    """Remove only a folder that this stack made, even if STATE_DIR names another by mistake."""
    Stack(settings, say=print).down()
    if (settings.state_dir / "secrets.json").exists():
        shutil.rmtree(settings.state_dir)
        print("Removed", settings.state_dir)
    return 0


def run_exec(settings: StackSettings, arguments: argparse.Namespace) -> int:
    """Replace this process with the command, which finds the stack and its accounts in the
    environment."""
    os.execvpe(arguments.program[0], arguments.program, build_user_environment(settings, os.environ))  # noqa: S606


def build_user_environment(settings: StackSettings, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with VIDEOFORGE_URL, …_EMAIL, …_PASSWORD and …_ADMIN_… added. What is
    already set stays, and this stack's accounts are never combined with another stack's URL."""
    found = {"VIDEOFORGE_URL": settings.origin}
    for name, sign_in in (find_credentials(settings) or {}).items():
        prefix = "VIDEOFORGE" if name == "demo" else f"VIDEOFORGE_{name.upper()}"
        if f"{prefix}_EMAIL" not in environment:
            found |= {f"{prefix}_EMAIL": sign_in["email"], f"{prefix}_PASSWORD": sign_in["password"]}
    return dict(environment) if "VIDEOFORGE_URL" in environment else found | dict(environment)


COMMANDS: dict[str, tuple[Callable[[StackSettings, argparse.Namespace], int], str]] = {
    "up": (run_up, "start everything and wait until it is healthy"),
    "down": (run_down, "stop everything; state is kept"),
    "status": (run_status, "show each process with its health"),
    "logs": (run_logs, "show the logs of one process or of all"),
    "urls": (run_urls, "show the addresses and who may sign in"),
    "ui": (run_ui, "open VideoForge in a browser"),
    "clean": (run_clean, "stop everything and remove its state: users, videos and jobs"),
    "migrate": (run_migrate, "bring the databases of a running stack to this version"),
    "exec": (run_exec, "run a command with the stack's address and accounts in VIDEOFORGE_…"),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.local", description="VideoForge on one machine")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (_, description) in COMMANDS.items():
        command = commands.add_parser(name, help=description)
        if name == "logs":
            command.add_argument("service", nargs="?", help="name of a process, as `status` shows it")
        if name == "exec":
            command.add_argument("program", nargs=argparse.REMAINDER, help="the command and its arguments")
    arguments = parser.parse_args()
    settings = load_settings(StackSettings)
    try:
        return COMMANDS[arguments.command][0](settings, arguments)
    except (PortsTaken, StackError, subprocess.CalledProcessError) as fault:
        print(fault, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
