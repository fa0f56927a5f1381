"""Process: only the task API for processors, for deployments whose public API has
SERVE_TASK_API=false.

It is separate so that a network can keep the two apart: what stands between the internet and the
public API, such as the edge, then cannot reach it, and processors cannot reach the public one. It
answers `/internal/tasks/…` and `/api/health`.
"""

from flask import Flask

from job_service.platform.platform import build_platform
from job_service.routes import health, internal
from job_service.settings import Settings
from job_service.web.lifecycle import install_lifecycle
from job_service.web.services import EXTENSION
from job_service.wiring.services import build_services
from videoforge.logs import configure_logs
from videoforge.settings import load_settings


def create_app(settings: Settings | None = None) -> Flask:
    """Return the WSGI app; tests pass settings, under gunicorn they are read from the
    environment."""
    settings = settings or load_settings(Settings)
    configure_logs(settings.service_name, level=settings.log_level)
    app = Flask("job_service.processes.task_api", static_folder=None)
    app.extensions[EXTENSION] = build_services(build_platform(settings))
    install_lifecycle(app)
    app.register_blueprint(internal.blueprint)
    app.register_blueprint(health.blueprint)  # for the private port, which calls a worker
    return app
