"""gunicorn's own lines in the shape of all others, for every server."""

from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]


class SharedShapeLogger(Logger):  # type: ignore[misc]
    """Without handlers of its own, what it says reaches the root's, which videoforge.logs set up."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
