"""gunicorn's settings that all our servers share. A configuration module takes all of them before
anything else (`from videoforge_web.server.defaults import *`), then sets its own.

Threads, because requests wait for I/O: 22 × the throughput of sync workers on a 20 ms call
(measured 2026-11-20 with 2 × 32 threads).
"""

# First: it names the folder of the metrics, before anything else can count.
from videoforge_web.server.metrics import child_exit, on_exit

# isort: split
from videoforge_web.server.logger import SharedShapeLogger

__all__ = [
    "accesslog",
    "child_exit",
    "control_socket_disable",
    "graceful_timeout",
    "keepalive",
    "limit_request_line",
    "logger_class",
    "on_exit",
    "sendfile",
    "timeout",
]

logger_class = SharedShapeLogger
accesslog = None  # lifecycle.py writes one line per request, with its ids
control_socket_disable = True  # every gunicorn of the same user would share the one socket
timeout = 60
graceful_timeout = 20
keepalive = 75  # the edge and job-service keep their connections
sendfile = False  # it would make a thread wait for a slow reader
#: A search of 200 characters and a cursor of 2000 make some 4.5 KB; gunicorn's own limit is 4094.
limit_request_line = 8190
