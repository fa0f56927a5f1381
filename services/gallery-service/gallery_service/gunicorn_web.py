"""gunicorn's configuration of gallery-service."""

from typing import Any

# First: it names the folder of the metrics, before anything else can count.
from videoforge_web.server.defaults import *  # noqa: F403 - gunicorn reads its settings from this module

# isort: split
from gallery_service.routes.bodies import MAX_BODY_BYTES
from gallery_service.settings import Settings
from videoforge.logs import configure_logs
from videoforge.settings import load_settings
from videoforge_web.server.buffered_worker import build_worker
from videoforge_web.server.limits import ServerLimits
from videoforge_web.server.metrics import serve_metrics

_settings = load_settings(Settings)
configure_logs(_settings.service_name, level=_settings.log_level)

bind = f"{_settings.server_host}:{_settings.server_port}"
workers = _settings.server_workers
threads = _settings.server_threads
worker_class = build_worker(ServerLimits(max_body_bytes=MAX_BODY_BYTES))


def when_ready(_server: Any) -> None:
    serve_metrics(_settings, port=_settings.server_port, path="/health")
