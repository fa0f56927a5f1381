"""The PostgreSQL cluster of the stack: created once, with one database and one role for each
service.

    videoforge_jobs      owned by job_service
    videoforge_gallery   owned by gallery_service

The role of a service can connect only to its own database.
"""

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as PostgresConnection

from infra.local.processes.postgres_programs import as_postgres_user, find_postgres_program
from infra.local.provisioning.generated_secrets import StackSecrets

SUPERUSER = "postgres"
#: The same as in docker-compose.yml; other locales sort and lower-case differently.
LOCALE: Final = "C.UTF-8"
INITDB_OPTIONS: Final = ("--encoding=UTF8", f"--locale={LOCALE}")


@dataclass(frozen=True, repr=False)
class ServiceDatabase:
    name: str
    role: str
    password: str


def list_service_databases(secrets: StackSecrets) -> list[ServiceDatabase]:
    """Return the databases of the stack."""
    return [
        ServiceDatabase("videoforge_jobs", "job_service", secrets.job_service_db_password),
        ServiceDatabase("videoforge_gallery", "gallery_service", secrets.gallery_service_db_password),
    ]


def make_cluster(data_dir: Path, *, password: str) -> None:
    """Create the cluster unless it exists; a rename puts it in place, so it is never incomplete."""
    if (data_dir / "PG_VERSION").exists():
        return
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=data_dir.parent, prefix="initdb-") as scratch:
        password_file = Path(scratch, "password")
        password_file.write_text(password)
        fresh = Path(scratch, "data")
        command = [
            find_postgres_program("initdb"),
            *("-D", str(fresh), "-U", SUPERUSER, *INITDB_OPTIONS),
            *("-A", "scram-sha-256", f"--pwfile={password_file}"),
        ]
        done = subprocess.run(as_postgres_user(command), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"initdb failed: {done.stderr.strip()}")
        fresh.rename(data_dir)


def remove_stale_lock(data_dir: Path) -> None:
    """Remove a `postmaster.pid` without a server.

    After a crash of the machine, the number in it may belong to another program, and PostgreSQL
    then refuses to start. Every process of a cluster has the cluster's folder as its working
    directory: if none does, the lock is stale. Otherwise it stays, because it keeps a second server
    from using the cluster.
    """
    lock = data_dir / "postmaster.pid"
    processes = Path("/proc").glob("[0-9]*")
    if lock.exists() and not any(_works_in(process, folder=data_dir) for process in processes):
        lock.unlink(missing_ok=True)


def _works_in(process: Path, *, folder: Path) -> bool:
    try:
        return (process / "cwd").readlink() == folder.resolve()
    except OSError:  # it has ended, or belongs to another user
        return False


def connect(
    port: int, *, password: str, database: str = "postgres", host: str = "127.0.0.1"
) -> PostgresConnection:
    """Return a connection of the superuser, with autocommit, as CREATE DATABASE requires."""
    connection: PostgresConnection = psycopg2.connect(
        host=host, port=port, user=SUPERUSER, password=password, dbname=database, connect_timeout=5
    )
    connection.autocommit = True
    return connection


def make_service_database(connection: PostgresConnection, *, database: ServiceDatabase) -> None:
    """Create the role and its database, or reset the role's password; a second call changes
    nothing."""
    role, name = sql.Identifier(database.role), sql.Identifier(database.name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (database.role,))
        verb = sql.SQL("ALTER") if cursor.fetchone() else sql.SQL("CREATE")
        cursor.execute(
            sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, role, sql.Literal(database.password))
        )
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database.name,))
        if not cursor.fetchone():
            cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, role))
        cursor.execute(sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(name))
