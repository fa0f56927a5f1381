"""gunicorn's configuration of the events process: one worker, and a thread for each stream.

One worker, because the streams of a user are counted in it and one subscriber serves all; a thread that
waits costs some 50 KB. A few threads more than streams answer refusals.
"""

from typing import Any

# First: it names the folder of the metrics, before anything else can count.
from videoforge_web.server.defaults import *  # noqa: F403 - gunicorn reads its settings from this module

# isort: split
from job_service.settings import Settings
from videoforge.logs import configure_logs
from videoforge.settings import load_settings
from videoforge_web.server.buffered_worker import build_worker
from videoforge_web.server.limits import ServerLimits
from videoforge_web.server.metrics import serve_metrics

_settings = load_settings(Settings)
configure_logs(_settings.service_name, level=_settings.log_level)

bind = f"{_settings.server_host}:{_settings.events_port}"
workers = 1
threads = _settings.events_max_streams + 16
worker_connections = threads + 100
# Unread events are not kept for long: each watcher has a thread that waits for it.
worker_class = build_worker(ServerLimits(max_body_bytes=0, max_kept_bytes=64 * 1024, max_queued=0))
graceful_timeout = (
    2  # streams last until their watcher leaves; nothing is left unfinished, browsers reconnect
)
keepalive = 5
forwarded_allow_ips = "*"  # only the edge reaches this port


def when_ready(_server: Any) -> None:
    serve_metrics(_settings, port=_settings.events_port, path="/api/health")
