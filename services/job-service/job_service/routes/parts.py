"""How a view reaches what the process file wired: one object per app, never a global."""

from typing import TYPE_CHECKING, cast

from flask import current_app

if TYPE_CHECKING:
    from job_service.wiring.parts import Parts

EXTENSION = "videoforge"


def get_parts() -> "Parts":
    return cast("Parts", current_app.extensions[EXTENSION])
