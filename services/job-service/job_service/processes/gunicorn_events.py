"""gunicorn's configuration of the events process: one worker, and a thread for each stream.

One worker, because the streams of a user are counted in it and one subscriber serves all; a thread that
waits costs some 50 KB. A few threads more than streams answer refusals.
"""

from typing import Any

# First: it names the folder of the metrics, before anything else can count.
from videoforge_web.gunicorn_metrics import child_exit, on_exit, serve_metrics

# isort: split
from job_service.platform.metrics import build_registry
from job_service.settings import Settings
from videoforge.logs import configure_logs
from videoforge.settings import load_settings
from videoforge_web.gunicorn_logger import SharedShapeLogger
from videoforge_web.patience import Patience
from videoforge_web.patient_worker import build_worker

__all__ = ["child_exit", "on_exit"]  # gunicorn calls them by these names

_settings = load_settings(Settings)
configure_logs(_settings.service_name, level=_settings.log_level)

bind = f"{_settings.server_host}:{_settings.events_port}"
workers = 1
threads = _settings.events_max_streams + 16
worker_connections = threads + 100
# What a watcher does not read is not kept for long: a thread waits for it already.
worker_class = build_worker(Patience(max_body_bytes=0, max_kept_bytes=64 * 1024, max_queued=0))
logger_class = SharedShapeLogger
control_socket_disable = True
timeout = 60
# Streams go on until their watcher leaves; there is nothing to finish, and browsers come again.
graceful_timeout = 2
keepalive = 5
forwarded_allow_ips = "*"  # only the edge reaches this port
accesslog = None  # web/lifecycle.py writes one line per request, with its ids


def when_ready(_server: Any) -> None:
    serve_metrics(_settings, registry=build_registry, port=_settings.events_port, path="/api/health")
