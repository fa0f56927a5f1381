"""Settings of gallery-service, read once at start."""

from typing import ClassVar
from urllib.parse import quote

from pydantic import Field, SecretStr

from videoforge.settings import ServiceSettings


class Settings(ServiceSettings):
    service_name: ClassVar[str] = "gallery-service"

    server_host: str = Field(default="127.0.0.1", description="address the port listens on")
    server_port: int = Field(
        default=5000, ge=0, le=65535, description="port of the API that job-service calls"
    )
    private_host: str = Field(default="127.0.0.1", description="address of the health and metrics port")
    private_port: int = Field(default=9104, ge=0, le=65535, description="port for health and metrics")
    server_workers: int = Field(default=2, ge=1, description="gunicorn worker processes")
    server_threads: int = Field(
        default=8, ge=1, description="threads per worker; also the database pool's size"
    )

    db_host: str = Field(default="127.0.0.1", description="host of PostgreSQL")
    db_port: int = Field(default=15432, ge=0, le=65535, description="port of PostgreSQL")
    db_name: str = Field(default="videoforge_gallery", description="database of gallery-service")
    db_user: str = Field(default="gallery_service", description="role of gallery-service")
    db_password: SecretStr = Field(description="password of the role")
    slow_query_ms: float = Field(
        default=500,
        ge=0,
        description="statements that take this many milliseconds or more are logged; 0: all",
    )
    redis_host: str = Field(default="127.0.0.1", description="host of Redis")
    redis_port: int = Field(default=16379, ge=0, le=65535, description="port of Redis")

    cognito_user_pool_id: str = Field(description="id of the user pool")
    cognito_client_id: str = Field(description="id of the app client (without a secret)")
    cognito_region: str = Field(default="us-east-1", description="region of the pool")
    cognito_issuer: str = Field(default="", description="expected iss; empty: derived from region and pool")
    cognito_jwks_url: str = Field(
        default="", description="URL of the key set; empty: derived from the issuer"
    )
    anonymous_viewing: bool = Field(
        default=True, description="whether public videos can be watched without signing in"
    )

    page_cache_seconds: int = Field(
        default=5, ge=0, description="seconds that a list page is cached in Redis; 0: not at all"
    )

    @property
    def issuer(self) -> str:
        """The exact `iss` of good tokens."""
        return self.cognito_issuer or (
            f"https://cognito-idp.{self.cognito_region}.amazonaws.com/{self.cognito_user_pool_id}"
        )

    @property
    def jwks_url(self) -> str:
        return self.cognito_jwks_url or f"{self.issuer}/.well-known/jwks.json"

    @property
    def database_url(self) -> str:
        """SQLAlchemy 2.1 reads a bare `postgresql://` as psycopg 3, hence the driver's name. A password may
        hold characters that split a URL, as those that RDS makes do."""
        return (
            f"postgresql+psycopg2://{quote(self.db_user, safe='')}:"
            f"{quote(self.db_password.get_secret_value(), safe='')}"
            f"@{self.db_host}:{self.db_port}/{self.db_name}"
        )
