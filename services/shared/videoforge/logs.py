"""One JSON line per event, in the same shape in every process:

    {"timestamp", "level", "service", "category", "message", "context": {request_id, job_id, …}}

Categories: JOB QUEUE DB AUTH CACHE S3 API SYSTEM FFMPEG. Lines from libraries (gunicorn, botocore,
alembic) go through the same renderer as SYSTEM. Anything that looks like a token, a password or a
query string's value is redacted in the last step before rendering, whoever logged it.
"""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, Final, Literal

import structlog
from structlog.typing import EventDict, WrappedLogger

Category = Literal["JOB", "QUEUE", "DB", "AUTH", "CACHE", "S3", "API", "SYSTEM", "FFMPEG"]

_REDACTED: Final = "[redacted]"
_SECRET_NAME: Final = re.compile(
    r"(?i)passw|secret|token|authori|cookie|signature|credential|api_?key|(session|private)_key|session$|^code$"
)
_HARMLESS_NAME: Final = {"token_use", "token_type"}

#: Each keeps what its first group matched and redacts the rest. All start at a fixed word, so that
#: the cost of a long text is linear in its length; none matches the redaction, so that redacting
#: twice changes nothing.
_VALUE: Final = r"(?!\[redacted\])(?:\\\".*?\\\"|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\s,;&}\]]+)"
_SECRET_TEXTS: Final = (
    re.compile(r"()(?:(?<![\w-])|(?<=%3D))eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)*"),  # JWTs
    re.compile(r"(?i)(\bbearer\s+)(?!\[redacted\])[^\s,;\"']{8,}"),
    # values of query strings, including S3 and CloudFront signatures; harmless parameters stay
    re.compile(
        r"(?i)([?&](?!(?:limit|sort|status|visibility|format|deleted|purge)=)[\w%.\[\]~-]{1,100}=)"
        r"(?!\[redacted\])[^\s&\"'<>\\]+"
    ),
    re.compile(r"(/media/)[\w.~=-]{20,}"),  # playback tokens
    re.compile(r"(://)[^/\s:@]+:[^/\s@]+(?=@)"),  # user:password in URLs
    re.compile(r"(?i)((?:cookie|authorization)\\?[\"']?\s*[:=]\s*+)(?!\[redacted\])[^\r\n\"']+"),
    re.compile(r"(?i)((?:password|passwd|secret|token|api_?key|_session)\\?[\"']?\s*[:=]\s*)" + _VALUE),
)

#: Every secret contains one of these; ids, names and plain words are skipped here, in a tenth of
#: the time.
_MAY_BE_SECRET: Final = re.compile(r"[:=]|eyJ|/media/|[Bb][Ee][Aa][Rr][Ee][Rr]\s")


def redact(value: Any, *, name: str = "") -> Any:
    """Return the value with secrets redacted: by the name of the field and by the look of the text.

    Values that JSON has no type for become text here, since they would otherwise become text,
    unredacted, when rendered.
    """
    is_named = bool(_SECRET_NAME.search(name)) and name not in _HARMLESS_NAME
    if value is None or isinstance(value, bool) or (isinstance(value, int | float) and not is_named):
        return value
    if is_named:
        return _REDACTED
    if isinstance(value, Mapping):
        return {str(key): redact(item, name=str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item) for item in value]
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    if not _MAY_BE_SECRET.search(text):
        return text
    for pattern in _SECRET_TEXTS:
        text = pattern.sub(rf"\g<1>{_REDACTED}", text)
    return text


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
    """Send every log line of this process to standard output in this shape; a second call replaces
    the first."""
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
    # The category is an initial value and not a bind(): modules get their loggers before
    # configure_logs() runs, and a bound logger would keep the default configuration forever.
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(
        f"videoforge.{category.lower()}", category=category
    )
    return logger


bind_context = structlog.contextvars.bind_contextvars
clear_context = structlog.contextvars.clear_contextvars
