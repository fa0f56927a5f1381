"""The metrics and the private port of a gunicorn server.

prometheus_client decides at its first import whether the workers write their figures to files that
can be added up. So this module sets the folder of those files when it is imported, and a
configuration module has to import it first: if it comes too late it raises, because each worker
would show its own figures only.
"""

import http.client
import os
from pathlib import Path
from typing import Any, Final

from videoforge.owned_folders import remove_orphans, remove_owned_folder
from videoforge_web.server.metrics_folder import make_metrics_folder

os.environ["PROMETHEUS_MULTIPROC_DIR"] = make_metrics_folder()

from prometheus_client import CollectorRegistry, multiprocess

from videoforge.logs import get_logger
from videoforge_web.private_port import serve_private_port
from videoforge_web.settings import WebSettings

_log = get_logger("SYSTEM")
_HEALTH_SECONDS: Final = 2


def serve_metrics(settings: WebSettings, *, port: int, path: str) -> None:
    """Serve the private port from gunicorn's master: the sum of the workers' figures, and their
    health, which they answer on `port` under `path`. Also removes the folders that killed masters
    left behind."""
    if removed := remove_orphans():
        _log.info("folders of ended processes were removed", folders=removed)

    def check_health() -> tuple[bool, dict[str, Any]]:
        """Only an answer from a worker shows that the server works; the master alone proves nothing."""
        connection = http.client.HTTPConnection(settings.server_host, port, timeout=_HEALTH_SECONDS)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200, {"service": settings.service_name}
        except (OSError, http.client.HTTPException):
            return False, {"service": settings.service_name}
        finally:
            connection.close()

    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    serve_private_port(
        settings.private_port, host=settings.private_host, registry=registry, check_health=check_health
    )


def child_exit(_server: Any, worker: Any) -> None:
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    remove_owned_folder(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]))
