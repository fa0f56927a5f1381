"""Everything that the routes may reach: one object per app, never a global."""

from dataclasses import dataclass
from typing import Final

from flask import current_app

from gallery_service.ports import Ports
from videoforge.service_tokens import ServiceTokens
from videoforge.tokens import TokenVerifier
from videoforge_web.readiness import Readiness

EXTENSION: Final = "videoforge"


@dataclass(frozen=True, kw_only=True)
class Services:
    ports: Ports
    readiness: Readiness
    service_tokens: ServiceTokens
    token_verifier: TokenVerifier
    anonymous_viewing: bool


def get_services() -> Services:
    services: Services = current_app.extensions[EXTENSION]
    return services


def get_ports() -> Ports:
    return get_services().ports
