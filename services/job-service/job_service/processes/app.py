"""Process: the public API under gunicorn. Wires settings → services → blueprints and decides
nothing."""

from typing import Final

from flask import Flask

from job_service.platform.platform import build_platform
from job_service.routes import (
    admin,
    auth,
    documents,
    events,
    gallery,
    health,
    internal,
    jobs,
    mails,
    media,
    second_factor,
    storage,
    stream,
    uploads,
)
from job_service.settings import Settings
from job_service.web.cors import install_cors
from job_service.web.lifecycle import install_lifecycle
from job_service.web.limits import install_limits
from job_service.web.services import EXTENSION
from job_service.wiring.services import build_services
from videoforge.logs import configure_logs
from videoforge.settings import load_settings

#: Every module with a public blueprint; the API document is built from these too.
FEATURES: Final = (
    admin,
    auth,
    second_factor,
    documents,
    events,
    health,
    jobs,
    mails,
    storage,
    gallery,
    media,
    stream,
    uploads,
)


def create_app(settings: Settings | None = None) -> Flask:
    """Return the WSGI app; tests pass settings, under gunicorn they are read from the
    environment."""
    settings = settings or load_settings(Settings)
    configure_logs(settings.service_name, level=settings.log_level)
    app = Flask("job_service", static_folder=None)
    app.extensions[EXTENSION] = build_services(build_platform(settings))
    install_lifecycle(app)
    install_cors(app, settings=settings)
    install_limits(app, settings=settings)
    for feature in FEATURES:
        app.register_blueprint(feature.blueprint)
    if settings.serve_task_api:
        app.register_blueprint(internal.blueprint)
    with app.app_context():
        documents.warm_document()
    return app
