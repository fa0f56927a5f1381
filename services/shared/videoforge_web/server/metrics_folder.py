"""The folder to which the workers of a gunicorn server write their figures, so that they can be added up."""

import sys

from videoforge.owned_folders import make_owned_folder


def make_metrics_folder() -> str:
    """Return a new folder, locked by this process (gunicorn's master) and by the workers that it
    forks: it is in use while one of them lives. Raises RuntimeError if prometheus_client is
    imported already: its first import has then decided to count in memory."""
    if "prometheus_client" in sys.modules:
        raise RuntimeError(
            "prometheus_client was imported before videoforge_web.server.metrics, so that each worker's "
            "figures would stay its own; import that module first"
        )
    return str(make_owned_folder("metrics"))
