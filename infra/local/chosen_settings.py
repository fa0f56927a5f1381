"""What a user chose of the services' own settings, by `.env` or the environment, where the environment wins.

They become part of each service's variables, so that the next `up` sees a change and restarts the service:
what the supervisor passes on by itself stays as it was when the supervisor was started. `.env.example`,
which a test holds complete, says which names these are.
"""

import os
import re
from collections.abc import Mapping
from typing import Final

from dotenv import dotenv_values

from infra.local.settings import REPOSITORY, StackSettings

#: What this stack alone decides. Were a shell's own values let through (an AWS account, another database's
#: password), they would win over what the services look up.
_OURS: Final = (
    "AWS_",
    "COGNITO_",
    "DB_",
    "MAIL_URL",
    "MEDIA_TOKEN_KEY",
    "SERVICE_TOKENS",
    "SESSION_KEYS",
    "SQS_QUEUE",
    "SQS_DEAD",
)
_LINE: Final = re.compile(r"^(?:# )?([A-Z][A-Z0-9_]+)=", re.MULTILINE)


def build_environment() -> dict[str, str]:
    """Return `.env` and this process' environment, but for what the stack alone decides."""
    from_file = {name: value for name, value in dotenv_values(REPOSITORY / ".env").items() if value}
    return {name: value for name, value in {**from_file, **os.environ}.items() if not name.startswith(_OURS)}


def split_environment(environment: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return (what is inherited, the services' own settings)."""
    names = _list_service_settings()
    chosen = {name: value for name, value in environment.items() if name in names}
    return {name: value for name, value in environment.items() if name not in names}, chosen


def _list_service_settings() -> set[str]:
    """Left out are the stack's own, of which services are told what concerns them, and the demo's."""
    example = (REPOSITORY / ".env.example").read_text(encoding="utf-8")
    of_stack = {name.upper() for name in StackSettings.model_fields}
    return {name for name in _LINE.findall(example) if not name.startswith("VIDEOFORGE_")} - of_stack
