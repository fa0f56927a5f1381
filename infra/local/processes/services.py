"""VideoForge's own processes on one machine, as process descriptions: pure functions of settings.

The environment gives them addresses, ports and AWS keys. Each service looks up secrets, and the ids
that the bootstrap makes, in SSM and Secrets Manager (SETTINGS_FROM_AWS), exactly as on AWS.
"""

from typing import Final

from infra.local.processes.infrastructure import (
    Health,
    Port,
    ProcessSpec,
    bind_to_parent,
    build_infrastructure,
)
from infra.local.provisioning.aws import AwsAccess
from infra.local.provisioning.generated_secrets import AWS_ACCESS_KEY_ID, StackSecrets
from infra.local.service_settings import build_shared_settings
from infra.local.settings import TOOLS, StackSettings

_PROCESSOR_PREFIX: Final = "processor-"
#: A processor allows 25 s for an encode that is nearly done, 10 s for ffmpeg to end, and 20 s to
#: return the task.
_PROCESSOR_STOP_SECONDS = 60
#: More than gunicorn's own graceful time-out of 20 s.
_WEB_STOP_SECONDS = 25


def build_aws_access(settings: StackSettings, *, secrets: StackSecrets) -> AwsAccess:
    """Return how to reach this stack's local AWS."""
    return AwsAccess(
        endpoint_url=settings.aws_url,
        store_url=settings.store_url,
        region=settings.aws_region,
        access_key_id=AWS_ACCESS_KEY_ID,
        secret_access_key=secrets.aws_secret_access_key,
    )


def build_service_environment(settings: StackSettings, *, secrets: StackSecrets) -> dict[str, str]:
    """Return the variables of every service; the rest comes from `.env`, SSM, Secrets Manager and
    defaults."""
    shared = build_shared_settings(settings)
    return (
        shared
        | build_aws_access(settings, secrets=secrets).environment()
        | {
            "SETTINGS_FROM_AWS": "true",
            "PUBLIC_URL": settings.origin,
            "S3_PUBLIC_URL": settings.origin,
            "COGNITO_REGION": settings.aws_region,
            "REDIS_HOST": "127.0.0.1",
            "DB_HOST": "127.0.0.1",
            "DB_PORT": str(settings.postgres_port),
            "JOB_SERVICE_URL": f"http://127.0.0.1:{settings.task_api_port}",
            "GALLERY_URL": f"http://127.0.0.1:{settings.gallery_port}",
            "SERVER_HOST": "127.0.0.1",
            "PRIVATE_HOST": "127.0.0.1",
            "PYTHONUNBUFFERED": "1",
        }
    )


def build_services(settings: StackSettings, *, secrets: StackSecrets) -> list[ProcessSpec]:
    """Return gallery-service, job-service's four processes and the processors."""
    common = build_service_environment(settings, secrets=secrets)
    return [
        _build_web(
            "gallery",
            command=_gunicorn("gallery_service.gunicorn_web", application="gallery_service.app:create_app()"),
            port=Port(settings.gallery_port, "GALLERY_PORT"),
            private_port=Port(settings.gallery_private_port, "GALLERY_PRIVATE_PORT"),
            environment=common,
        ),
        _build_web(
            "job-service",
            command=_gunicorn(
                "job_service.processes.gunicorn_web", application="job_service.processes.app:create_app()"
            ),
            port=Port(settings.job_service_port, "JOB_SERVICE_PORT"),
            private_port=Port(settings.job_service_private_port, "JOB_SERVICE_PRIVATE_PORT"),
            environment=common
            | {"MAIL_URL": settings.mail_url, "SERVE_TASK_API": "false"},  # `task-api` does
        ),
        _build_web(
            "task-api",
            command=_gunicorn(
                "job_service.processes.gunicorn_web",
                application="job_service.processes.task_api:create_app()",
            ),
            port=Port(settings.task_api_port, "TASK_API_PORT"),
            private_port=Port(settings.task_api_private_port, "TASK_API_PRIVATE_PORT"),
            # each processor sends a few small requests a second
            environment=common | {"SERVER_WORKERS": "1"},
        ),
        _build_web(
            "events",
            command=_gunicorn(
                "job_service.processes.gunicorn_events",
                application="job_service.processes.events:create_app()",
            ),
            port=Port(settings.events_port, "EVENTS_PORT"),
            private_port=Port(settings.events_private_port, "EVENTS_PRIVATE_PORT"),
            environment=common,
        ),
        _build_relay(settings, environment=common),
        *(
            _build_processor(settings, number=number, port=port, environment=common)
            for number, port in enumerate(settings.processor_ports(), start=1)
        ),
    ]


def is_processor(name: str) -> bool:
    """Say whether a process of this name is a processor; processors stop first."""
    return name.startswith(_PROCESSOR_PREFIX)


def build_processes(settings: StackSettings, *, secrets: StackSecrets) -> list[ProcessSpec]:
    """Return every process of the stack in the order in which they start."""
    infrastructure = build_infrastructure(settings, secrets=secrets)
    return [*infrastructure, *build_services(settings, secrets=secrets)]


def build_migrations() -> list[tuple[str, ...]]:
    """Return the commands that bring both databases to this version; they lock, and are safe to
    repeat."""
    return [
        (str(TOOLS / "python"), "-m", module)
        for module in ("job_service.processes.migrate", "gallery_service.migrate")
    ]


def _gunicorn(config: str, *, application: str) -> list[str]:
    return [str(TOOLS / "gunicorn"), "-c", f"python:{config}", application]


def _build_web(
    name: str, *, command: list[str], port: Port, private_port: Port, environment: dict[str, str]
) -> ProcessSpec:
    own = {"SERVER_PORT": str(port.number), "PRIVATE_PORT": str(private_port.number)}
    return ProcessSpec(
        name=name,
        command=bind_to_parent(command),
        environment=environment | own,
        ports=(port, private_port),
        health=Health(f"http://127.0.0.1:{private_port.number}/health"),
        stop_seconds=_WEB_STOP_SECONDS,
    )


def _build_relay(settings: StackSettings, *, environment: dict[str, str]) -> ProcessSpec:
    port = Port(settings.relay_private_port, "RELAY_PRIVATE_PORT")
    return ProcessSpec(
        name="relay",
        command=bind_to_parent([str(TOOLS / "python"), "-m", "job_service.processes.relay"]),
        environment=environment | {"PRIVATE_PORT": str(port.number)},
        ports=(port,),
        health=Health(f"http://127.0.0.1:{port.number}/health"),
        stop_seconds=_WEB_STOP_SECONDS,  # its loops have 20 s too
    )


def _build_processor(
    settings: StackSettings, *, number: int, port: int, environment: dict[str, str]
) -> ProcessSpec:
    name = f"{_PROCESSOR_PREFIX}{number}"
    own = {
        "PRIVATE_PORT": str(port),
        "PROCESSOR_ID": name,
        "SCRATCH_DIR": str(settings.state_dir / "scratch" / name),
    }
    return ProcessSpec(
        name=name,
        command=bind_to_parent([str(TOOLS / "python"), "-m", "video_processor.main"]),
        environment=environment | own,
        ports=(Port(port, "PROCESSOR_PORT"),),
        health=Health(f"http://127.0.0.1:{port}/health"),
        stop_seconds=_PROCESSOR_STOP_SECONDS,
    )
