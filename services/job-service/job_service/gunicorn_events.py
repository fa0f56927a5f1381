"""gunicorn's configuration of the events process: one worker, and a thread for each stream.

One worker, because the streams of a user are counted in it and one subscriber serves all; a thread that
waits costs some 50 KB. A few threads more than streams answer refusals.
"""

import os
import shutil
import tempfile
from typing import Any

from job_service.gunicorn_logger import SharedShapeLogger
from job_service.settings import Settings
from videoforge.logs import configure_logs
from videoforge.private_port import serve_private_port
from videoforge.settings import load_settings

# Must be set before prometheus_client is first imported by a worker; removed when the server ends.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="videoforge-metrics-")

_settings = load_settings(Settings)
configure_logs(_settings.service_name, level=_settings.log_level)

bind = f"{_settings.server_host}:{_settings.events_port}"
workers = 1
threads = _settings.events_max_streams + 16
worker_connections = threads + 100
worker_class = "gthread"
logger_class = SharedShapeLogger
control_socket_disable = True
timeout = 60
# Streams go on until their watcher leaves; there is nothing to finish, and browsers come again.
graceful_timeout = 2
keepalive = 5
forwarded_allow_ips = "*"  # only the edge reaches this port
accesslog = None  # routes/lifecycle.py writes one line per request, with its ids


def when_ready(_server: Any) -> None:
    from job_service.adapters.metrics import build_registry

    serve_private_port(
        _settings.private_port,
        host=_settings.private_host,
        registry=build_registry,
        check_health=lambda: (True, {"service": _settings.service_name, "process": "events"}),
    )


def child_exit(_server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
