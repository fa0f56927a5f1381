"""Creates what the services need in PostgreSQL, local AWS and store before they start, wherever
these run.

Safe to repeat: it only adds what is missing, except that parameters, secrets and the roles'
passwords are set to the given values.
"""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from infra.local.provisioning import aws, databases
from infra.local.provisioning.aws import AwsAccess
from infra.local.provisioning.generated_secrets import StackSecrets

#: {name: {"email", "password"}}; `admin` is also in the group of that name
Credentials = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Platform:
    """The addresses of the parts, as the services see them, and the names of the stack."""

    access: AwsAccess
    postgres_host: str
    postgres_port: int
    stage: str
    bucket: str


def fill_databases(platform: Platform, *, keys: StackSecrets) -> None:
    """Create the roles and databases of the two services."""
    server = databases.connect(
        platform.postgres_port, host=platform.postgres_host, password=keys.postgres_password
    )
    with closing(server) as connection:
        for database in databases.list_service_databases(keys):
            databases.make_service_database(connection, database=database)


def fill_aws(
    platform: Platform, *, keys: StackSecrets, credentials: Credentials, is_password_reset: bool = False
) -> None:
    """Create bucket, queues, pool and users, and the parameters and secrets that services look
    up."""
    access = platform.access
    aws.make_bucket(access.client("s3"), name=platform.bucket)
    queues = aws.make_queues(access.client("sqs"), name=aws.name_queue(platform.stage))
    cognito = access.client("cognito-idp")
    pool = aws.make_pool(cognito, name=f"videoforge-{platform.stage}")
    for name, sign_in in credentials.items():
        groups = ["user", "admin"] if name == "admin" else ["user"]
        aws.make_user(
            cognito, pool_id=pool.pool_id, groups=groups, is_password_reset=is_password_reset, **sign_in
        )
    parameters = {
        "SQS_QUEUE_URL": queues.queue_url,
        "SQS_DEAD_LETTER_QUEUE_URL": queues.dead_letter_queue_url,
        "COGNITO_USER_POOL_ID": pool.pool_id,
        "COGNITO_CLIENT_ID": pool.client_id,
        "COGNITO_JWKS_URL": f"{access.endpoint_url}/{pool.pool_id}/.well-known/jwks.json",
    }
    root = f"videoforge/{platform.stage}/"
    aws.put_parameters(access.client("ssm"), prefix=f"/{root}", values=parameters)
    aws.put_secrets(access.client("secretsmanager"), prefix=root, values=_list_secrets(keys))


def _list_secrets(keys: StackSecrets) -> Mapping[str, str]:
    """Return what services look up: each has its own parameters, and all share some."""
    return {
        "SERVICE_TOKENS": keys.service_tokens,
        "job-service/DB_PASSWORD": keys.job_service_db_password,
        "job-service/MEDIA_TOKEN_KEY": keys.media_token_key,
        "job-service/SESSION_KEYS": keys.session_keys,
        "gallery-service/DB_PASSWORD": keys.gallery_service_db_password,
    }
