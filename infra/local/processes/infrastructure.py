"""The six programs below the services, as process descriptions: pure functions of settings and
secrets.

PostgreSQL, Redis, the mail process, MiniStack (the local AWS), rclone (the object store) and Caddy
(the edge). Every command starts with `setpriv --pdeathsig`, so that nothing survives a killed
supervisor.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from infra.local.processes.postgres_programs import as_postgres_user, find_postgres_program
from infra.local.provisioning.generated_secrets import AWS_ACCESS_KEY_ID, StackSecrets
from infra.local.settings import REPOSITORY, TOOLS, StackSettings
from videoforge_web.settings import SiteSettings

#: What a healthy store answers to an unsigned request: rclone answers 400 or 403.
_STORE_IS_UP: Final = (200, 400, 403)


@dataclass(frozen=True)
class Port:
    """A port that a process listens on, and the setting that changes it."""

    number: int
    setting: str


@dataclass(frozen=True)
class Health:
    """Where to check a process. `url` is http, redis or postgresql; statuses are for http."""

    url: str
    good_statuses: tuple[int, ...] = (200,)


@dataclass(frozen=True, repr=False)
class ProcessSpec:
    """One process of the stack. `environment` is added to the supervisor's own; it may hold
    secrets."""

    name: str
    command: tuple[str, ...]
    ports: tuple[Port, ...]
    health: Health
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: str = "TERM"
    stop_seconds: int = 10


def bind_to_parent(command: list[str], *, signal: str = "KILL") -> tuple[str, ...]:
    """Return the command so that it ends as soon as its parent process ends, for any reason.

    With KILL, because on TERM a processor would drain, and try to return its task to a task API
    that has ended too, until its lease expires: it outlived a killed supervisor by more than 60 s.
    """
    return ("setpriv", "--pdeathsig", signal, "--", *command)


def build_postgres(settings: StackSettings) -> ProcessSpec:
    """PostgreSQL on TCP only: the path of a Unix socket may have 107 bytes at most."""
    command = [
        find_postgres_program("postgres"),
        *("-D", str(settings.state_dir / "postgres")),
        *("-p", str(settings.postgres_port)),
        *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
        *("-c", "max_connections=200"),  # pools of all services, migrations, an operator's psql
        *("-c", f"shared_buffers={settings.postgres_shared_buffers}"),
        *("-c", "timezone=UTC", "-c", "log_timezone=UTC"),
    ]
    return ProcessSpec(
        name="postgres",
        # immediate shutdown: its children end too, and the next start recovers from the log
        command=bind_to_parent(as_postgres_user(command), signal="QUIT"),
        ports=(Port(settings.postgres_port, "POSTGRES_PORT"),),
        health=Health(f"postgresql://127.0.0.1:{settings.postgres_port}"),
        stop_signal="INT",  # fast shutdown; TERM waits for every client to disconnect
        stop_seconds=20,
    )


def build_redis(settings: StackSettings) -> ProcessSpec:
    """Redis without files: everything in it may be lost, so keeping it gains nothing."""
    command = [
        "redis-server",
        *("--port", str(settings.redis_port), "--bind", "127.0.0.1"),
        *("--save", "", "--appendonly", "no", "--dir", str(settings.state_dir)),
        *("--maxmemory", "256mb", "--maxmemory-policy", "volatile-lru"),
    ]
    return ProcessSpec(
        name="redis",
        command=bind_to_parent(command),
        ports=(Port(settings.redis_port, "REDIS_PORT"),),
        health=Health(f"redis://127.0.0.1:{settings.redis_port}"),
    )


def build_mail(settings: StackSettings, *, secrets: StackSecrets) -> ProcessSpec:
    """The stack's mail: kept for the administrator, or forwarded to a real server."""
    return ProcessSpec(
        name="mail",
        command=bind_to_parent([str(TOOLS / "python"), "-m", "infra.local.mail"]),
        environment={
            "MAIL_PORT": str(settings.mail_port),
            "MAIL_PRIVATE_PORT": str(settings.mail_private_port),
            "MAIL_KEPT": str(settings.mail_kept),
            "SERVICE_TOKENS": secrets.service_tokens,
            "SMTP_HOST": settings.smtp_host,
            "SMTP_PORT": str(settings.smtp_port),
            "SMTP_USER": settings.smtp_user,
            "SMTP_PASSWORD": settings.smtp_password.get_secret_value(),
            "SMTP_SECURITY": settings.smtp_security,
        },
        ports=(
            Port(settings.mail_port, "MAIL_PORT"),
            Port(settings.mail_private_port, "MAIL_PRIVATE_PORT"),
        ),
        health=Health(f"{settings.mail_url}/health"),
    )


def build_aws(settings: StackSettings) -> ProcessSpec:
    """MiniStack, in our launcher, which saves the state before it answers a change and makes the
    codes."""
    return ProcessSpec(
        name="aws",
        command=bind_to_parent([str(TOOLS / "python"), "-m", "infra.local.processes.ministack_launcher"]),
        environment={
            "SERVICES": "sqs,cognito-idp,ssm,secretsmanager,dynamodb",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(settings.aws_port),
            "PERSIST_STATE": "1",
            "STATE_DIR": str(settings.state_dir / "aws"),
            "AUTH": "true",  # without it any token is accepted, even a revoked one
            "IOT_MTLS_ENABLED": "0",  # otherwise it also listens on 0.0.0.0:8883
            "MINISTACK_REGION": settings.aws_region,
            "TMPDIR": str(settings.state_dir / "run"),  # its pid file
            "LOG_LEVEL": "WARNING",
            "MAIL_PORT": str(settings.mail_port),
            "MAIL_FROM": settings.mail_from,
            "SITE_NAME": settings.site_name,
            "PUBLIC_URL": settings.origin,
            "AUTO_CONFIRM_SIGNUPS": str(settings.auto_confirm_signups).lower(),
        },
        ports=(Port(settings.aws_port, "AWS_PORT"),),
        health=Health(f"{settings.aws_url}/_ministack/ready"),
    )


def build_store(settings: StackSettings, *, secrets: StackSecrets) -> ProcessSpec:
    """The object store: rclone, one folder per bucket. The environment hides its key from `ps`."""
    folder = settings.state_dir / "store"
    command = [
        str(TOOLS / "rclone"),
        "serve",
        "s3",
        str(folder),
        "--addr",
        f"127.0.0.1:{settings.store_port}",
    ]
    return ProcessSpec(
        name="store",
        command=bind_to_parent(command),
        environment={
            # in quotes, because rclone reads the variable as a line of CSV with one pair a field
            "RCLONE_AUTH_KEY": f'"{AWS_ACCESS_KEY_ID},{secrets.aws_secret_access_key}"',
            "RCLONE_CONFIG": "",  # never the user's own configuration
        },
        ports=(Port(settings.store_port, "STORE_PORT"),),
        health=Health(settings.store_url, good_statuses=_STORE_IS_UP),
    )


def build_edge(settings: StackSettings) -> ProcessSpec:
    """Caddy with infra/local/Caddyfile; what it stores itself goes into the state folder."""
    caddyfile = str(REPOSITORY / "infra" / "local" / "Caddyfile")
    has_client = (settings.client_root / "index.html").exists()
    return ProcessSpec(
        name="edge",
        command=bind_to_parent(["caddy", "run", "--config", caddyfile, "--adapter", "caddyfile"]),
        environment={
            "EDGE_SITE": settings.domain or f"http://:{settings.edge_port}",
            "EDGE_BIND": settings.bind_address,
            "EDGE_PRIVATE_PORT": str(settings.edge_private_port),
            "BUCKET": settings.s3_bucket_name,
            "STORE_ADDRESS": f"127.0.0.1:{settings.store_port}",
            "JOB_SERVICE_ADDRESS": f"127.0.0.1:{settings.job_service_port}",
            "EVENTS_ADDRESS": f"127.0.0.1:{settings.events_port}",
            "EDGE_FRONT": "client" if has_client else "no_client",
            "CLIENT_ROOT": str(settings.client_root),
            "CLIENT_CONFIG": build_client_config(settings),
            "XDG_CONFIG_HOME": str(settings.state_dir / "caddy"),
            "XDG_DATA_HOME": str(settings.state_dir / "caddy"),
        },
        ports=(
            Port(settings.edge_port, "EDGE_PORT"),
            Port(settings.edge_private_port, "EDGE_PRIVATE_PORT"),
        ),
        health=Health(f"http://127.0.0.1:{settings.edge_private_port}/health"),
    )


def build_client_config(settings: StackSettings) -> str:
    """Return what the client reads from /config.json when it starts; the services have the same
    values."""
    return json.dumps(settings.model_dump(include=set(SiteSettings.model_fields)))


def build_infrastructure(settings: StackSettings, *, secrets: StackSecrets) -> list[ProcessSpec]:
    """Return the six processes in the order in which they start."""
    return [
        build_postgres(settings),
        build_redis(settings),
        build_mail(settings, secrets=secrets),
        build_aws(settings),
        build_store(settings, secrets=secrets),
        build_edge(settings),
    ]
