"""Where PostgreSQL's programs are and as which user they run. Only the standard library, for
doctor."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
from pathlib import Path


def find_postgres_program(name: str) -> str:
    """Return the newest installed PostgreSQL program; Debian keeps all but psql off PATH."""
    installed = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3])
    )
    return str(installed[-1]) if installed else (shutil.which(name) or name)


def as_postgres_user(command: list[str]) -> list[str]:
    """Return the command so that PostgreSQL, which refuses to run as root, sees the user
    `postgres`.

    For root, a user namespace maps root to `postgres`: the files stay root's, so the cluster may be
    in a home folder that `postgres` cannot enter. Other users run the command as it is.
    """
    if os.geteuid() != 0:
        return command
    user, group = pwd.getpwnam("postgres").pw_uid, grp.getgrnam("postgres").gr_gid
    return ["unshare", "--user", f"--map-user={user}", f"--map-group={group}", *command]
