"""Fills the PostgreSQL, local AWS and store of the one-machine stack, at every start.

`credentials.json` (mode 600) holds the demo user and the admin:

    {"demo": {"email", "password"}, "admin": {"email", "password"}}
"""

import json
import secrets
from pathlib import Path

from infra.local.processes.services import build_aws_access
from infra.local.provisioning.generated_secrets import StackSecrets, write_private
from infra.local.provisioning.platform import Credentials, Platform, fill_aws, fill_databases
from infra.local.settings import StackSettings


def provision_databases(settings: StackSettings, *, keys: StackSecrets) -> None:
    """Create the roles and databases of the two services."""
    fill_databases(_build_platform(settings, keys=keys), keys=keys)


def provision_aws(settings: StackSettings, *, keys: StackSecrets) -> None:
    """Create bucket, queues, pool and users, and the parameters and secrets that services look up.
    If the credentials file is lost, the same users get new passwords."""
    kept = find_credentials(settings)
    credentials = kept or make_credentials()
    platform = _build_platform(settings, keys=keys)
    fill_aws(platform, keys=keys, credentials=credentials, is_password_reset=kept is None)
    if kept is None:  # last, so that the file is never ahead of the pool
        write_private(_find_credentials_file(settings), text=json.dumps(credentials, indent=2) + "\n")


def _build_platform(settings: StackSettings, *, keys: StackSecrets) -> Platform:
    return Platform(
        access=build_aws_access(settings, secrets=keys),
        postgres_host="127.0.0.1",
        postgres_port=settings.postgres_port,
        stage=settings.stage,
        bucket=settings.s3_bucket_name,
    )


def _find_credentials_file(settings: StackSettings) -> Path:
    return settings.state_dir / "credentials.json"


def find_credentials(settings: StackSettings) -> Credentials | None:
    """Return the accounts of the demo user and the admin, or None before the first start."""
    path = _find_credentials_file(settings)
    return json.loads(path.read_text()) if path.exists() else None


def make_credentials() -> Credentials:
    """Return new accounts, whose random passwords have upper and lower case, a digit and a
    symbol."""
    return {
        name: {"email": f"{name}@example.com", "password": f"{secrets.token_urlsafe(12)}Aa1!"}
        for name in ("demo", "admin")
    }
