"""gunicorn's configuration: threads, since requests wait for the database, and no control socket, which
would be shared by every gunicorn of the same user.
"""

import http.client
import os
from pathlib import Path
from typing import Any

from videoforge.owned_folders import make_owned_folder, remove_orphans, remove_owned_folder

# prometheus_client chooses how to count when it is first imported, here in the master that workers are
# forked from, so this must stand before our other imports. The folder is locked by the master and by the
# workers: in use while one of them lives.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(make_owned_folder("metrics"))

from gunicorn.glogging import Logger  # type: ignore[import-untyped]
from prometheus_client import multiprocess

from gallery_service.adapters.metrics import build_registry
from gallery_service.routes.lifecycle import MAX_BODY_BYTES
from gallery_service.settings import Settings
from videoforge.logs import configure_logs, get_logger
from videoforge.settings import load_settings
from videoforge_web.patience import Patience
from videoforge_web.patient_worker import build_worker
from videoforge_web.private_port import serve_private_port

_settings = load_settings(Settings)
configure_logs(_settings.service_name, level=_settings.log_level)


class SharedShapeLogger(Logger):  # type: ignore[misc]
    """gunicorn's own lines, in the shape of all others: without its handlers they reach the root's."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


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
    if removed := remove_orphans():
        get_logger("SYSTEM").info("folders of processes that are gone were removed", folders=removed)
    serve_private_port(
        _settings.private_port,
        host=_settings.private_host,
        registry=build_registry,
        check_health=_check_health,
    )


def _check_health() -> tuple[bool, dict[str, Any]]:
    """The private port is the master's; only an answer from a worker says that the service works."""
    connection = http.client.HTTPConnection(_settings.server_host, _settings.server_port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200, {"service": _settings.service_name}
    except OSError:
        return False, {"service": _settings.service_name}
    finally:
        connection.close()


def child_exit(_server: Any, worker: Any) -> None:
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    remove_owned_folder(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]))
