"""The settings that the services declare, and what the stack passes on to them.

The stack decides addresses, ports and keys. A setting that the stack and a service declare under
one name gets the stack's value. Every other setting is passed on if the environment or `.env` sets
it, the environment first. It becomes a variable of the service's own process, so that the next `up`
notices a change and restarts the service; what processes inherit from the supervisor does not
change before the supervisor restarts.
"""

import os
from collections.abc import Mapping
from typing import Final

from dotenv import dotenv_values

from gallery_service.settings import Settings as GallerySettings
from infra.local.settings import REPOSITORY, StackSettings
from job_service.settings import Settings as JobSettings
from video_processor.settings import Settings as ProcessorSettings
from videoforge.settings import ServiceSettings

SERVICES: Final[Mapping[str, type[ServiceSettings]]] = {
    settings.service_name: settings for settings in (JobSettings, GallerySettings, ProcessorSettings)
}
_DECLARED: Final = frozenset(name for settings in SERVICES.values() for name in settings.model_fields)
_SHARED: Final = _DECLARED & StackSettings.model_fields.keys()
_CHOSEN: Final = {name.upper() for name in _DECLARED - _SHARED}
#: Only the stack decides these. A shell's own values (an AWS account, another database's password)
#: would win over what the services look up.
_STACKS_OWN: Final = (
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


def build_environment() -> dict[str, str]:
    """Return `.env` and this process' environment, without what only the stack decides."""
    from_file = {name: value for name, value in dotenv_values(REPOSITORY / ".env").items() if value}
    merged = {**from_file, **os.environ}
    return {name: value for name, value in merged.items() if not name.startswith(_STACKS_OWN)}


def split_environment(environment: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return (what processes inherit, what the user chose of the services' settings)."""
    chosen = {name: value for name, value in environment.items() if name in _CHOSEN}
    return {name: value for name, value in environment.items() if name not in _CHOSEN}, chosen


def build_shared_settings(settings: StackSettings) -> dict[str, str]:
    """Return the stack's values of the settings that services declare under the same names."""
    return {name.upper(): write_value(getattr(settings, name)) for name in sorted(_SHARED)}


def write_value(value: object) -> str:
    """Return a value as text for a variable, such as `true`, `24` or `7.5`."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).removesuffix(".0")
