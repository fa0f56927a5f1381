"""Settings that job-service and gallery-service share, each declared once.

SiteSettings are the choices of whoever runs a site. The services enforce them, and the web client
shows them: the edge gives it the same values as /config.json.
"""

from urllib.parse import quote

from pydantic import BaseModel, Field, SecretStr

from videoforge.settings import ServiceSettings


class SiteSettings(BaseModel):
    """The names are those of /config.json too."""

    site_name: str = Field(
        default="VideoForge", min_length=1, description="name of the site, shown on its pages"
    )
    sign_up: bool = Field(default=True, description="whether new users may register")
    anonymous_viewing: bool = Field(
        default=True, description="whether public videos can be watched without signing in"
    )
    max_upload_bytes: int = Field(
        default=100 * 1024**3, gt=0, description="largest source in bytes (one PUT: 5 GiB at most)"
    )
    trash_hours: float = Field(
        default=24, ge=0, description="hours during which a deleted video can be restored"
    )


class WebSettings(ServiceSettings, SiteSettings):
    """What a Flask service with PostgreSQL, Redis and signed-in users needs. Each service adds its
    own, and server_port, private_port, server_threads, db_name and db_user, whose defaults are its
    own too."""

    server_host: str = Field(default="127.0.0.1", description="address the public port listens on")
    server_workers: int = Field(default=2, gt=0, description="gunicorn worker processes")
    private_port: int

    db_host: str = Field(default="127.0.0.1", description="host of PostgreSQL")
    db_port: int = Field(default=15432, ge=0, le=65535, description="port of PostgreSQL")
    db_name: str
    db_user: str
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

    @property
    def issuer(self) -> str:
        """The exact `iss` of valid tokens."""
        return self.cognito_issuer or (
            f"https://cognito-idp.{self.cognito_region}.amazonaws.com/{self.cognito_user_pool_id}"
        )

    @property
    def jwks_url(self) -> str:
        return self.cognito_jwks_url or f"{self.issuer}/.well-known/jwks.json"

    @property
    def database_url(self) -> str:
        """SQLAlchemy 2.1 reads a bare `postgresql://` as psycopg 3, hence the driver's name. A
        password may hold characters that split a URL, as those that RDS generates do."""
        return (
            f"postgresql+psycopg2://{quote(self.db_user, safe='')}:"
            f"{quote(self.db_password.get_secret_value(), safe='')}"
            f"@{self.db_host}:{self.db_port}/{self.db_name}"
        )
