"""gunicorn's configuration for the events process: one worker, and a thread for each stream.

One worker, because it counts a user's streams and one subscriber serves all of them; a waiting
thread costs about 50 KB. A few more threads than streams answer refusals.
"""

from typing import Any

# First: it sets the metrics folder before anything else can count.
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
# Unread events are not kept for long: each stream has a thread waiting for them.
worker_class = build_worker(ServerLimits(max_body_bytes=0, max_kept_bytes=64 * 1024, max_queued=0))
graceful_timeout = 2  # streams last until the client leaves; nothing is left unfinished, browsers reconnect
keepalive = 5
forwarded_allow_ips = "*"  # only the edge reaches this port


def when_ready(_server: Any) -> None:
    serve_metrics(_settings, port=_settings.events_port, path="/api/health")
