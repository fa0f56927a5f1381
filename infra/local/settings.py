"""Settings of the one-machine stack: ports, folders and the number of processors.

Read from the environment and from `.env` beside the Makefile. PORT_OFFSET moves every port that is
not set by name, so that a second checkout needs one setting; everything that the stack keeps is
under STATE_DIR.
"""

import sys
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from videoforge_web.settings import SiteSettings

REPOSITORY: Final = Path(__file__).resolve().parents[2]
TOOLS: Final = Path(sys.prefix) / "bin"


class StackSettings(BaseSettings, SiteSettings):
    """Field names are the environment's, in lower case."""

    model_config = SettingsConfigDict(
        env_file=REPOSITORY / ".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    state_dir: Path = Field(
        default=REPOSITORY / ".local", description="folder for all state, logs and secrets"
    )
    port_offset: int = Field(
        default=0, ge=0, le=30000, description="added to every port that is not set by name"
    )
    processors: int = Field(default=2, ge=0, le=64, description="number of video processors")

    edge_port: int = Field(default=8080, description="the public origin (Caddy)")
    edge_private_port: int = Field(default=9105, description="health and metrics of the edge")
    job_service_port: int = Field(default=8000, description="job-service")
    job_service_private_port: int = Field(default=9101, description="health and metrics of job-service")
    events_port: int = Field(default=8001, description="Server-Sent Events")
    events_private_port: int = Field(default=9102, description="health and metrics of the events process")
    task_api_port: int = Field(
        default=8002, description="the task API: the part of job-service for processors"
    )
    task_api_private_port: int = Field(default=9106, description="health and metrics of the task API")
    relay_private_port: int = Field(default=9103, description="health and metrics of the relay")
    gallery_port: int = Field(default=5000, description="gallery-service")
    gallery_private_port: int = Field(default=9104, description="health and metrics of gallery-service")
    processor_port: int = Field(
        default=3002, description="health and metrics of the first processor; the others count up from it"
    )
    postgres_port: int = Field(default=15432, description="PostgreSQL")
    redis_port: int = Field(default=16379, description="Redis")
    aws_port: int = Field(default=4566, description="local AWS: queue, identity, parameters, secrets")
    store_port: int = Field(default=9000, description="object store")
    mail_port: int = Field(default=1025, description="SMTP port of the stack's mail process")
    mail_private_port: int = Field(
        default=9107, description="health of the mail process, and the mails it keeps"
    )
    postgres_shared_buffers: str = Field(
        default="512MB",
        pattern=r"^[1-9]\d*(kB|MB|GB)$",
        description="PostgreSQL's own cache; a gallery of a million videos needs this much",
    )

    bind_address: str = Field(default="127.0.0.1", description="address the edge listens on")
    domain: str = Field(
        default="", description="host name of the edge; if set, it serves HTTPS with an ACME certificate"
    )
    public_url: str = Field(
        default="", description="the one public origin; http://localhost:EDGE_PORT if empty"
    )
    client_root: Path = Field(
        default=REPOSITORY / "client" / "dist", description="folder of the built client"
    )

    stage: str = Field(default="local", description="deployment stage; part of SSM, secret and queue names")
    aws_region: str = Field(default="us-east-1", description="region of the local AWS")
    s3_bucket_name: str = Field(default="video-forge-storage", description="the bucket")

    #: Short, because MiniStack keeps giving messages to a killed long poll until its wait is over.
    sqs_wait_seconds: int = Field(
        default=2, ge=1, le=20, description="seconds that a processor's long poll lasts"
    )
    auto_confirm_signups: bool = Field(
        default=True, description="confirm new users automatically; false: with a code sent by email"
    )

    mail_kept: int = Field(
        default=200, ge=1, le=10_000, description="number of mails kept for the administrator"
    )
    mail_from: str = Field(
        default="no-reply@videoforge.localhost", min_length=3, description="sender of all mails"
    )
    smtp_host: str = Field(default="", description="mail server; empty: mails are kept and not sent")
    smtp_port: int = Field(default=587, description="port of the mail server")
    smtp_user: str = Field(default="", description="account on the mail server; empty: none needed")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="password of the account")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="starttls, tls (from the first byte), or none"
    )

    @model_validator(mode="before")
    @classmethod
    def _move_ports(cls, values: dict[str, Any]) -> dict[str, Any]:
        offset = int(values.get("port_offset") or 0)
        moved = {
            name: field.default + offset
            for name, field in cls.model_fields.items()
            if name.endswith("_port") and name != "smtp_port"  # of another machine
        }
        return moved | values

    @field_validator("state_dir", "client_root")
    @classmethod
    def _from_repository(cls, path: Path) -> Path:
        """Take a relative folder from the repository, not from the working directory."""
        return REPOSITORY / path.expanduser()

    @property
    def origin(self) -> str:
        """The public origin, which browsers see and pre-signed URLs use."""
        if self.public_url:
            return self.public_url.rstrip("/")
        return f"https://{self.domain}" if self.domain else f"http://localhost:{self.edge_port}"

    @property
    def aws_url(self) -> str:
        return f"http://127.0.0.1:{self.aws_port}"

    @property
    def store_url(self) -> str:
        return f"http://127.0.0.1:{self.store_port}"

    @property
    def mail_url(self) -> str:
        return f"http://127.0.0.1:{self.mail_private_port}"

    @property
    def log_dir(self) -> Path:
        return self.state_dir / "logs"

    def processor_ports(self) -> list[int]:
        """Return the private port of each processor."""
        return [self.processor_port + index for index in range(self.processors)]
