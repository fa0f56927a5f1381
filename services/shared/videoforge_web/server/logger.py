"""gunicorn's own log lines in the same shape as all others."""

from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]


class SharedShapeLogger(Logger):  # type: ignore[misc]
    """Has no handlers of its own, so its lines reach those of the root logger, set up by videoforge.logs."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
