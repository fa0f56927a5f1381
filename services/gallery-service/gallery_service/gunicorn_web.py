"""gunicorn's configuration: threads, since requests wait for the database, and no control socket, which
would be shared by every gunicorn of the same user.
"""

from typing import Any

# First: it names the folder of the metrics, before anything else can count.
from videoforge_web.gunicorn_metrics import child_exit, on_exit, serve_metrics

# isort: split
from gallery_service.adapters.metrics import build_registry
from gallery_service.routes.lifecycle import MAX_BODY_BYTES
from gallery_service.settings import Settings
from videoforge.logs import configure_logs
from videoforge.settings import load_settings
from videoforge_web.gunicorn_logger import SharedShapeLogger
from videoforge_web.patience import Patience
from videoforge_web.patient_worker import build_worker

__all__ = ["child_exit", "on_exit"]  # gunicorn calls them by these names

_settings = load_settings(Settings)
configure_logs(_settings.service_name, level=_settings.log_level)

logger_class = SharedShapeLogger
bind = f"{_settings.server_host}:{_settings.server_port}"
workers = _settings.server_workers
threads = _settings.server_threads
worker_class = build_worker(Patience(max_body_bytes=MAX_BODY_BYTES))
sendfile = False  # it would make a thread wait for a slow reader
control_socket_disable = True
timeout = 60
graceful_timeout = 20
keepalive = 75  # job-service keeps its connections
accesslog = None  # routes/lifecycle.py writes one line per request, with its ids


def when_ready(_server: Any) -> None:
    serve_metrics(_settings, registry=build_registry, port=_settings.server_port, path="/health")
