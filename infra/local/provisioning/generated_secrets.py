"""The secrets of one stack: random, generated once, kept in `secrets.json` (mode 600) in the state
folder.

Later starts read them, so that databases, sessions and playback tokens survive a restart.
"""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet

#: MiniStack identifies the account by this id and checks only the id; the object store also checks
#: the secret.
AWS_ACCESS_KEY_ID: Final = "test"


def _make_token() -> str:
    return secrets.token_urlsafe(32)


def _make_fernet_key() -> str:
    return Fernet.generate_key().decode()


@dataclass(frozen=True, repr=False)
class StackSecrets:
    """All secrets of one stack; not shown in `repr`."""

    aws_secret_access_key: str = field(default_factory=_make_token)
    postgres_password: str = field(default_factory=_make_token)
    job_service_db_password: str = field(default_factory=_make_token)
    gallery_service_db_password: str = field(default_factory=_make_token)
    service_tokens: str = field(default_factory=_make_token)
    media_token_key: str = field(default_factory=_make_token)
    session_keys: str = field(default_factory=_make_fernet_key)


def load_or_make_secrets(state_dir: Path) -> StackSecrets:
    """Return the stack's secrets; one that is missing in an older file is generated and saved."""
    path = state_dir / "secrets.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    known = {item.name for item in fields(StackSecrets)}
    result = StackSecrets(**{name: value for name, value in kept.items() if name in known})
    if asdict(result) != kept:
        write_private(path, text=json.dumps(asdict(result), indent=2) + "\n")
    return result


def write_private(path: Path, *, text: str) -> None:
    """Write a file that only its owner can read, atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)
