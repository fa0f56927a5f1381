"""gunicorn's configuration of the public API and of the task API: threads, since requests wait for I/O (22 ×
the throughput of sync workers on a 20 ms call, measured 2026-11-20 with 2 × 32 threads), and no control
socket, which would be shared by every gunicorn of the same user.
"""

import threading
from typing import Any

# First: it names the folder of the metrics, before anything else can count.
from videoforge_web.gunicorn_metrics import child_exit, on_exit, serve_metrics

# isort: split
from job_service.platform.metrics import build_registry
from job_service.processes.api_beats import start_beats
from job_service.settings import Settings
from job_service.web.lifecycle import MAX_INTERNAL_BODY_BYTES
from videoforge.logs import configure_logs
from videoforge.settings import load_settings
from videoforge_media.hidden_memory import hide_memory
from videoforge_web.gunicorn_logger import SharedShapeLogger
from videoforge_web.patience import Patience
from videoforge_web.patient_worker import build_worker

__all__ = ["child_exit", "on_exit"]  # gunicorn calls them by these names

_settings = load_settings(Settings)
configure_logs(_settings.service_name, level=_settings.log_level)
hide_memory()  # workers, which are forked, run ffprobe on the files of strangers

bind = f"{_settings.server_host}:{_settings.server_port}"
workers = _settings.server_workers
threads = _settings.server_threads
worker_class = build_worker(Patience(max_body_bytes=MAX_INTERNAL_BODY_BYTES))
logger_class = SharedShapeLogger
control_socket_disable = True
timeout = 60
sendfile = False  # it would make a thread wait for a slow reader
graceful_timeout = 20
keepalive = 75
# A search of 200 characters and a cursor of 2000 make some 4.5 KB; the default is 4094.
limit_request_line = 8190
forwarded_allow_ips = "*"  # only the edge reaches this port
accesslog = None  # web/lifecycle.py writes one line per request, with its ids


def post_worker_init(worker: Any) -> None:
    start_beats(worker.app.wsgi(), stop=threading.Event())  # a daemon, which ends with the process


def when_ready(_server: Any) -> None:
    serve_metrics(_settings, registry=build_registry, port=_settings.server_port, path="/api/health")
