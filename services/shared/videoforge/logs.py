"""One JSON line per event, the same shape in every process:

    {"timestamp", "level", "service", "category", "message", "context": {request_id, job_id, …}}

Categories: JOB QUEUE DB AUTH CACHE S3 API SYSTEM FFMPEG. Lines of libraries (gunicorn, botocore, alembic)
go through the same renderer as SYSTEM. What looks like a token, a password or a signed URL is blotted
out in the last step before rendering, whoever wrote it.
"""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, Final, Literal

import structlog
from structlog.typing import EventDict, WrappedLogger

Category = Literal["JOB", "QUEUE", "DB", "AUTH", "CACHE", "S3", "API", "SYSTEM", "FFMPEG"]

_BLOT: Final = "[redacted]"
_SECRET_NAME = re.compile(
    r"(?i)(password|secret|token|authorization|cookie|signature|credential|session$|^code$|api_key)"
)
_HARMLESS_NAME: Final = {"token_use", "token_type"}
_SECRET_TEXT = re.compile(
    r"(?i)(?:(?<=bearer )[\w.~+/=-]{8,}"  # Authorization headers
    r"|eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)*"  # JWTs
    r"|(?<=x-amz-signature=)[\w%]+|(?<=x-amz-credential=)[\w%/.-]+|(?<=x-amz-security-token=)[\w%/+=.-]+"
    r"|(?<=/media/)[\w.~=-]{20,}"  # playback tokens
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@))"  # user:password in URLs
)


def redact(value: Any, *, name: str = "") -> Any:
    """Return the value with secrets blotted out: by the name of the field and by the look of the text."""
    if (
        name
        and _SECRET_NAME.search(name)
        and name not in _HARMLESS_NAME
        and not isinstance(value, bool | int)
    ):
        return _BLOT
    if isinstance(value, str):
        return _SECRET_TEXT.sub(_BLOT, value)
    if isinstance(value, Mapping):
        return {key: redact(item, name=str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [redact(item) for item in value]
    return value


def _shape(service: str) -> Any:
    def shape(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        line: dict[str, Any] = {
            "timestamp": event.pop("timestamp"),
            "level": event.pop("level"),
            "service": service,
            "category": event.pop("category", "SYSTEM"),
            "message": redact(str(event.pop("event"))),
        }
        for noise in ("_record", "_from_structlog"):
            event.pop(noise, None)
        line["context"] = redact(event)
        return line

    return shape


def configure_logs(service: str, *, level: str = "INFO") -> None:
    """Send every log line of this process to standard output in our shape; a second call replaces it."""
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        processors=[
            structlog.processors.format_exc_info,
            _shape(service),
            structlog.processors.JSONRenderer(default=str),
        ],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(render)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.getLogger("botocore").setLevel("WARNING")
    logging.getLogger("urllib3").setLevel("WARNING")
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def get_logger(category: Category) -> structlog.stdlib.BoundLogger:
    """Return a logger of one category; keyword arguments of its calls become the line's context."""
    # The category is an initial value and not a bind(): modules ask for their logger before
    # configure_logs() ran, and a bound logger would keep the default configuration for good.
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(
        f"videoforge.{category.lower()}", category=category
    )
    return logger


bind_context = structlog.contextvars.bind_contextvars
clear_context = structlog.contextvars.clear_contextvars
