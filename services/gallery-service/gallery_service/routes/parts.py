"""What the process wired, as routes reach it."""

from dataclasses import dataclass
from typing import Final

from flask import current_app

from gallery_service.ports import Ports
from videoforge.service_tokens import ServiceTokens
from videoforge.tokens import TokenVerifier

EXTENSION: Final = "gallery"


@dataclass(frozen=True, kw_only=True)
class Parts:
    ports: Ports
    service_tokens: ServiceTokens
    token_verifier: TokenVerifier
    anonymous_viewing: bool


def get_parts() -> Parts:
    parts: Parts = current_app.extensions[EXTENSION]
    return parts


def get_ports() -> Ports:
    return get_parts().ports
