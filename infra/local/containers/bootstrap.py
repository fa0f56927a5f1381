"""Process: fill PostgreSQL, local AWS and store of the container stack, then end; it runs at every
start.

    python -m infra.local.containers.bootstrap

Everything comes from the environment, which docker-compose.yml takes from `.env`; `make env` writes
it.
"""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from infra.local.provisioning.aws import AwsAccess
from infra.local.provisioning.generated_secrets import AWS_ACCESS_KEY_ID, StackSecrets
from infra.local.provisioning.platform import Platform, fill_aws, fill_databases
from videoforge.settings import load_settings


class BootstrapSettings(BaseSettings):
    """Field names are the environment's, in lower case."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    stage: str = "local"
    aws_region: str = "us-east-1"
    aws_endpoint_url: str
    aws_endpoint_url_s3: str
    s3_bucket_name: str = "video-forge-storage"
    db_host: str
    db_port: int = Field(default=5432)

    local_aws_secret_access_key: SecretStr
    postgres_password: SecretStr
    job_service_db_password: SecretStr
    gallery_service_db_password: SecretStr
    service_tokens: SecretStr
    media_token_key: SecretStr
    session_keys: SecretStr
    demo_password: SecretStr
    admin_password: SecretStr


def build_secrets(settings: BootstrapSettings) -> StackSecrets:
    return StackSecrets(
        aws_secret_access_key=settings.local_aws_secret_access_key.get_secret_value(),
        postgres_password=settings.postgres_password.get_secret_value(),
        job_service_db_password=settings.job_service_db_password.get_secret_value(),
        gallery_service_db_password=settings.gallery_service_db_password.get_secret_value(),
        service_tokens=settings.service_tokens.get_secret_value(),
        media_token_key=settings.media_token_key.get_secret_value(),
        session_keys=settings.session_keys.get_secret_value(),
    )


def build_platform(settings: BootstrapSettings) -> Platform:
    access = AwsAccess(
        endpoint_url=settings.aws_endpoint_url,
        store_url=settings.aws_endpoint_url_s3,
        region=settings.aws_region,
        access_key_id=AWS_ACCESS_KEY_ID,
        secret_access_key=settings.local_aws_secret_access_key.get_secret_value(),
    )
    return Platform(access, settings.db_host, settings.db_port, settings.stage, settings.s3_bucket_name)


def main() -> None:
    settings = load_settings(BootstrapSettings)
    keys, platform = build_secrets(settings), build_platform(settings)
    passwords = {"demo": settings.demo_password, "admin": settings.admin_password}
    fill_databases(platform, keys=keys)
    fill_aws(
        platform,
        keys=keys,
        credentials={
            name: {"email": f"{name}@example.com", "password": password.get_secret_value()}
            for name, password in passwords.items()
        },
    )
    print("databases, queue, user pool, bucket and secrets are there")


if __name__ == "__main__":
    main()
