"""`python -m job_service.processes.openapi FILE` writes the API document; it needs no servers."""

import json
import sys
from pathlib import Path
from typing import Any

from flask import Flask

from job_service.processes.app import FEATURES
from job_service.web.documented import build_document


def describe_api() -> dict[str, Any]:
    """Return the OpenAPI document of all routes."""
    app = Flask("job_service", static_folder=None)
    for feature in FEATURES:
        app.register_blueprint(feature.blueprint)
    with app.app_context():
        return build_document()


def render(document: dict[str, Any]) -> str:
    """Return the document as text that changes only when the API does."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render(describe_api()), encoding="utf-8")
