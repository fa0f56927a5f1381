"""The metrics and the private port of a gunicorn server, for its configuration modules.

Imported before anything that imports prometheus_client, which chooses at its first import whether the
workers' figures go to files that can be added up.
"""

import http.client
import os
from pathlib import Path
from typing import Any

from videoforge.owned_folders import make_owned_folder, remove_orphans, remove_owned_folder

# Locked by this process, gunicorn's master, and by the workers that it forks: in use while one of them lives.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(make_owned_folder("metrics"))

from prometheus_client import multiprocess

from job_service.adapters.metrics import build_registry
from job_service.settings import Settings
from videoforge.logs import get_logger
from videoforge_web.private_port import serve_private_port

_log = get_logger("SYSTEM")
_HEALTH_SECONDS = 2


def serve_metrics(settings: Settings, *, port: int, path: str) -> None:
    """Serve the private port from gunicorn's master; `port` and `path` are the workers' own health. Also
    removes what masters that were killed have left."""
    if removed := remove_orphans():
        _log.info("folders of processes that are gone were removed", folders=removed)

    def check_health() -> tuple[bool, dict[str, Any]]:
        """Only an answer from a worker says that the server works; the master alone proves nothing."""
        connection = http.client.HTTPConnection(settings.server_host, port, timeout=_HEALTH_SECONDS)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200, {"service": settings.service_name}
        except (OSError, http.client.HTTPException):
            return False, {"service": settings.service_name}
        finally:
            connection.close()

    serve_private_port(
        settings.private_port, host=settings.private_host, registry=build_registry, check_health=check_health
    )


def child_exit(_server: Any, worker: Any) -> None:
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    remove_owned_folder(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]))
