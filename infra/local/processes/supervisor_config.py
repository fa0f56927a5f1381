"""The configuration of supervisord, as text: a pure function of the process descriptions.

Nothing starts automatically: the stack starts the processes in order, and from then on the
supervisor keeps them running. The configuration has no secrets; they are in the environment files
(see with_environment.py).
"""

import hashlib
import json
import shlex
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from infra.local.processes.infrastructure import ProcessSpec
from infra.local.settings import REPOSITORY, TOOLS, StackSettings

#: sun_path has 108 bytes; supervisor first binds a name that is some 15 bytes longer.
_SOCKET_PATH_BYTES: Final = 90

_HEAD: Final = """\
[supervisord]
directory={directory}
logfile={log_dir}/supervisor.log
logfile_maxbytes=5MB
logfile_backups=1
pidfile={run_dir}/supervisor.pid
childlogdir={log_dir}
umask=077

[unix_http_server]
file={socket}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://{socket}
"""

_PROGRAM: Final = """
[program:{name}]
command={command}
priority={priority}
autostart=false
autorestart=true
startsecs=2
startretries=1000000
stopsignal={stop_signal}
stopwaitsecs={stop_seconds}
killasgroup=true
redirect_stderr=true
stdout_logfile={log_dir}/{name}.log
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=3
"""


def find_socket_path(settings: StackSettings) -> Path:
    """Return the supervisor's socket: in the state folder, or in a temporary one if that path is
    too long."""
    path = settings.state_dir / "run" / "supervisor.sock"
    if len(bytes(path)) <= _SOCKET_PATH_BYTES:
        return path
    mark = hashlib.sha256(bytes(settings.state_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir(), f"videoforge-{mark}", "supervisor.sock")


def find_environment_file(settings: StackSettings, *, spec: ProcessSpec) -> Path:
    """Return the file with the variables of a process; its name changes with the content, so a
    change is noticed."""
    mark = hashlib.sha256(build_environment_text(spec.environment).encode()).hexdigest()[:16]
    return settings.state_dir / "run" / "environment" / f"{spec.name}-{mark}.json"


def find_notes_folder(settings: StackSettings) -> Path:
    """Return the folder where each process writes its id."""
    return settings.state_dir / "run" / "processes"


def build_environment_text(environment: Mapping[str, str]) -> str:
    return json.dumps(dict(environment), indent=2, sort_keys=True) + "\n"


def build_supervisor_config(settings: StackSettings, *, specs: Sequence[ProcessSpec]) -> str:
    """Return the configuration of all processes, which start in this order and stop in reverse.

    startretries is practically endless: a process that cannot start because another is down must be
    retried until it is up. The stop signal goes only to the process, which knows how to stop its
    children; the kill after it goes to the whole group.
    """
    head = _HEAD.format(
        directory=_escape(REPOSITORY),
        log_dir=_escape(settings.log_dir),
        run_dir=_escape(settings.state_dir / "run"),
        socket=_escape(find_socket_path(settings)),
    )
    programs = [
        _PROGRAM.format(
            name=spec.name,
            command=_escape(shlex.join(_build_command(settings, spec=spec))),
            priority=priority,
            stop_signal=spec.stop_signal,
            stop_seconds=spec.stop_seconds,
            log_dir=_escape(settings.log_dir),
        )
        for priority, spec in enumerate(specs, start=1)
    ]
    return head + "".join(programs)


def _build_command(settings: StackSettings, *, spec: ProcessSpec) -> Iterable[str]:
    launcher = REPOSITORY / "infra" / "local" / "processes" / "with_environment.py"
    environment_file = find_environment_file(settings, spec=spec)
    # setpriv stays in front: what it sets is kept by the programs that it executes.
    end_of_setpriv = spec.command.index("--") + 1
    return [
        *spec.command[:end_of_setpriv],
        *(str(TOOLS / "python"), "-I", str(launcher), str(environment_file)),
        str(find_notes_folder(settings) / spec.name),
        *spec.command[end_of_setpriv:],
    ]


def _escape(value: object) -> str:
    """Supervisor expands `%(…)s` everywhere, so a percent sign is doubled."""
    return str(value).replace("%", "%%")
