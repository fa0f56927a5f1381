"""Where PostgreSQL's programs are and as whom they run. Standard library alone, for doctor's sake."""

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
    """Return the command so that PostgreSQL, which refuses root, sees the user `postgres`.

    For root a user namespace maps the one to the other: files stay root's, so the cluster may lie under a
    home folder that `postgres` could not enter. Anyone else runs it plainly.
    """
    if os.geteuid() != 0:
        return command
    user, group = pwd.getpwnam("postgres").pw_uid, grp.getgrnam("postgres").gr_gid
    return ["unshare", "--user", f"--map-user={user}", f"--map-group={group}", *command]
