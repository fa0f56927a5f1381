"""gunicorn's configuration of the public API: threads, since requests wait for I/O (22 × the throughput of
sync workers on a 20 ms call, measured 2026-11-20 with 2 × 32 threads), and no control socket, which would
be shared by every gunicorn of the same user.
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

bind = f"{_settings.server_host}:{_settings.server_port}"
workers = _settings.server_workers
threads = _settings.server_threads
worker_class = "gthread"
logger_class = SharedShapeLogger
control_socket_disable = True
# A silent client must not hold a thread; the edge buffers requests in front of this.
timeout = 60
graceful_timeout = 20
keepalive = 75
forwarded_allow_ips = "*"  # only the edge reaches this port
accesslog = None  # routes/lifecycle.py writes one line per request, with its ids


def when_ready(_server: Any) -> None:
    from job_service.adapters.metrics import build_registry

    serve_private_port(
        _settings.private_port,
        host=_settings.private_host,
        registry=build_registry,
        check_health=lambda: (True, {"service": _settings.service_name}),
    )


def child_exit(_server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
