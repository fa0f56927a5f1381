"""What an operator sees of a running stack: a line for each process, and the addresses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.local.processes.health import is_healthy
from infra.local.processes.infrastructure import ProcessSpec
from infra.local.processes.supervisor import ProcessState
from infra.local.provisioning.platform import Credentials
from infra.local.settings import StackSettings

_HEADINGS = ("process", "state", "health", "pid", "up", "ports")


@dataclass(frozen=True)
class ProcessReport:
    """One process: its state according to the supervisor, and its own health check."""

    name: str
    state: str
    is_healthy: bool
    pid: int
    uptime_seconds: int
    ports: tuple[int, ...]

    @property
    def is_right(self) -> bool:
        """A process is STARTING for its first 2 s, however soon it answers."""
        return self.state in {"RUNNING", "STARTING"} and self.is_healthy


def make_reports(specs: Sequence[ProcessSpec], *, states: Mapping[str, ProcessState]) -> list[ProcessReport]:
    """Check the health port of each process; one that the supervisor does not know is STOPPED."""
    unknown = ProcessState(name="", state="STOPPED", pid=0, uptime_seconds=0)
    found = [(spec, states.get(spec.name, unknown)) for spec in specs]
    return [
        ProcessReport(
            name=spec.name,
            state=state.state,
            is_healthy=is_healthy(spec.health),
            pid=state.pid,
            uptime_seconds=state.uptime_seconds,
            ports=tuple(port.number for port in spec.ports),
        )
        for spec, state in found
    ]


def render_reports(reports: Sequence[ProcessReport]) -> str:
    """Return the table as text."""
    rows = [
        _HEADINGS,
        *(
            (
                report.name,
                report.state,
                "ok" if report.is_healthy else "not healthy",
                str(report.pid or "-"),
                _render_seconds(report.uptime_seconds),
                " ".join(map(str, report.ports)),
            )
            for report in reports
        ),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def render_addresses(settings: StackSettings, *, credentials: Credentials | None) -> str:
    """Return the addresses of all parts, and the accounts."""
    origin = settings.origin
    lines = [
        f"VideoForge    {origin}/",
        f"API           {origin}/api",
        f"API docs      {origin}/api/docs",
        f"Mail          {describe_mail(settings)}",
        f"Task API      http://127.0.0.1:{settings.task_api_port}  (for processors)",
        f"Object store  {settings.store_url}  (bucket {settings.s3_bucket_name})",
        f"Local AWS     {settings.aws_url}",
        f"PostgreSQL    127.0.0.1:{settings.postgres_port}  (videoforge_jobs, videoforge_gallery)",
        f"Redis         127.0.0.1:{settings.redis_port}",
        f"State, logs   {settings.state_dir}",
    ]
    for name, sign_in in (credentials or {}).items():
        lines.append(f"{name.capitalize():12}  {sign_in['email']}  {sign_in['password']}")
    return "\n".join(lines)


def describe_mail(settings: StackSettings) -> str:
    if settings.smtp_host:
        return f"sent by {settings.smtp_host}:{settings.smtp_port}"
    return f"{settings.origin}/admin/mails  (kept here; sign in as admin)"


def _render_seconds(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    if hours:
        return f"{hours}h{minutes:02}m"
    return f"{minutes}m{rest:02}s" if minutes else f"{rest}s"
