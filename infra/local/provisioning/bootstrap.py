"""Fills the stack's own PostgreSQL, local AWS and store: everything that must be there before the services.

Runs at every start and changes only what is missing, but for parameters and secrets, which are set to what
the settings say now. `credentials.json` (mode 600) holds the demo user and the admin:

    {"demo": {"email", "password"}, "admin": {"email", "password"}}
"""

import json
import secrets
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local.processes.services import build_aws_access
from infra.local.provisioning import aws, databases
from infra.local.provisioning.generated_secrets import StackSecrets, write_private
from infra.local.settings import StackSettings

if TYPE_CHECKING:
    from types_boto3_cognito_idp import CognitoIdentityProviderClient

Credentials = dict[str, dict[str, str]]


def provision_databases(settings: StackSettings, *, keys: StackSecrets) -> None:
    """Make the roles and databases of the two services."""
    with closing(databases.connect(settings.postgres_port, password=keys.postgres_password)) as connection:
        for database in databases.list_service_databases(keys):
            databases.make_service_database(connection, database=database)


def provision_aws(settings: StackSettings, *, keys: StackSecrets) -> None:
    """Make bucket, queues, pool and users, and write down what the services look up."""
    access = build_aws_access(settings, secrets=keys)
    aws.make_bucket(access.client("s3"), name=settings.s3_bucket_name)
    queues = aws.make_queues(access.client("sqs"))
    cognito = access.client("cognito-idp")
    pool = aws.make_pool(cognito, name=f"videoforge-{settings.stage}")
    _provision_users(settings, cognito=cognito, pool_id=pool.pool_id)
    root = f"videoforge/{settings.stage}/"
    aws.put_parameters(
        access.client("ssm"),
        prefix=f"/{root}",
        values={
            "SQS_QUEUE_URL": queues.queue_url,
            "SQS_DEAD_LETTER_QUEUE_URL": queues.dead_letter_queue_url,
            "COGNITO_USER_POOL_ID": pool.pool_id,
            "COGNITO_CLIENT_ID": pool.client_id,
            "COGNITO_JWKS_URL": f"{settings.aws_url}/{pool.pool_id}/.well-known/jwks.json",
        },
    )
    aws.put_secrets(
        access.client("secretsmanager"),
        prefix=root,
        values={
            "SERVICE_TOKENS": keys.service_tokens,
            "job-service/DB_PASSWORD": keys.job_service_db_password,
            "job-service/MEDIA_TOKEN_KEY": keys.media_token_key,
            "job-service/SESSION_KEYS": keys.session_keys,
            "gallery-service/DB_PASSWORD": keys.gallery_service_db_password,
        },
    )


def _provision_users(
    settings: StackSettings, *, cognito: "CognitoIdentityProviderClient", pool_id: str
) -> None:
    """Make the demo user and the admin. Credentials that are lost are made anew, for the same users."""
    kept = find_credentials(settings)
    credentials = kept or make_credentials()
    for name, sign_in in credentials.items():
        groups = ["user", "admin"] if name == "admin" else ["user"]
        aws.make_user(cognito, pool_id=pool_id, groups=groups, is_password_reset=kept is None, **sign_in)
    if kept is None:  # last, so that what is written down is what is so
        write_private(_find_credentials_file(settings), text=json.dumps(credentials, indent=2) + "\n")


def _find_credentials_file(settings: StackSettings) -> Path:
    return settings.state_dir / "credentials.json"


def find_credentials(settings: StackSettings) -> Credentials | None:
    """Return the sign-ins of the demo user and the admin, or None before the first start."""
    path = _find_credentials_file(settings)
    return json.loads(path.read_text()) if path.exists() else None


def make_credentials() -> Credentials:
    """Return fresh sign-ins: random passwords with an upper and a lower letter, a digit and a sign."""
    return {
        name: {"email": f"{name}@example.com", "password": f"{secrets.token_urlsafe(12)}Aa1!"}
        for name in ("demo", "admin")
    }
