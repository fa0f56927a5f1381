"""Settings of gallery-service, read once at start."""

from typing import ClassVar

from pydantic import Field

from videoforge_web.settings import WebSettings


class Settings(WebSettings):
    service_name: ClassVar[str] = "gallery-service"

    server_port: int = Field(
        default=5000, ge=0, le=65535, description="port of the API that job-service calls"
    )
    private_port: int = Field(default=9104, ge=0, le=65535, description="port for health and metrics")
    server_threads: int = Field(
        default=8, ge=1, description="threads per worker; also the database pool's size"
    )

    db_name: str = Field(default="videoforge_gallery", description="database of gallery-service")
    db_user: str = Field(default="gallery_service", description="role of gallery-service")

    page_cache_seconds: int = Field(
        default=5, ge=0, description="seconds that a list page is cached in Redis; 0: not at all"
    )
