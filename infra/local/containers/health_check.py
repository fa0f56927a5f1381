"""Asks the process of a container how it is: `python -m health_check [URL [STATUS…]]`.

Without a URL it is /health of the private port. Exit code 0 for a good status, which is 200 unless told.
Standard library alone, and alone in its file: it starts every few seconds in every container.
"""

import http.client
import os
import sys
from urllib.parse import urlsplit

_TIMEOUT_SECONDS = 3


def is_healthy(url: str, *, good_statuses: frozenset[int]) -> bool:
    """Ask once; False also where nothing answers within 3 s."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.netloc, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", where.path or "/")
        return connection.getresponse().status in good_statuses
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main(arguments: list[str]) -> int:
    url = arguments[0] if arguments else f"http://127.0.0.1:{os.environ['PRIVATE_PORT']}/health"
    statuses = frozenset(map(int, arguments[1:])) or frozenset({200})
    return 0 if is_healthy(url, good_statuses=statuses) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
