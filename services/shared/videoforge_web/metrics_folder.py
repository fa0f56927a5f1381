"""The folder in which the workers of a gunicorn server count, for the figures to be added up."""

import sys

from videoforge.owned_folders import make_owned_folder


def make_metrics_folder() -> str:
    """Return a new folder, locked by this process, gunicorn's master, and by the workers that it forks: in
    use while one of them lives. Raises RuntimeError where prometheus_client is there already: at its first
    import it has chosen to count in memory."""
    if "prometheus_client" in sys.modules:
        raise RuntimeError(
            "prometheus_client was imported before videoforge_web.gunicorn_metrics, so that each worker's "
            "figures would stay its own; import that module first"
        )
    return str(make_owned_folder("metrics"))
