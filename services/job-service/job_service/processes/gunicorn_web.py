"""gunicorn's configuration for the public API and the task API."""

import threading
from typing import Any

# First: it sets the metrics folder before anything else can count.
from videoforge_web.server.defaults import *  # noqa: F403 - gunicorn reads its settings from this module

# isort: split
from job_service.processes.api_beats import start_beats
from job_service.settings import Settings
from job_service.web.lifecycle import MAX_INTERNAL_BODY_BYTES
from videoforge.logs import configure_logs
from videoforge.settings import load_settings
from videoforge_media.hidden_memory import hide_memory
from videoforge_web.server.buffered_worker import build_worker
from videoforge_web.server.limits import ServerLimits
from videoforge_web.server.metrics import serve_metrics

_settings = load_settings(Settings)
configure_logs(_settings.service_name, level=_settings.log_level)
hide_memory()  # the forked workers run ffprobe on untrusted files

bind = f"{_settings.server_host}:{_settings.server_port}"
workers = _settings.server_workers
threads = _settings.server_threads
worker_class = build_worker(ServerLimits(max_body_bytes=MAX_INTERNAL_BODY_BYTES))
forwarded_allow_ips = "*"  # only the edge reaches this port


def post_worker_init(worker: Any) -> None:
    # a daemon thread, which ends with the process
    start_beats(worker.app.wsgi(), stop=threading.Event())


def when_ready(_server: Any) -> None:
    serve_metrics(_settings, port=_settings.server_port, path="/api/health")
