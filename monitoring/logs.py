"""Logs: one JSON object a line, a correlation id on each, no secret and no message text in any."""

import logging
import re
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

TEXT_FIELDS = frozenset({"text", "query", "caption", "body", "message_text", "title", "snippet"})
"""Fields that would hold words of people or articles; only their length is logged."""

CHATTY = (
    "aiosqlite",
    "alembic",
    "sqlalchemy",
    "httpx",
    "httpcore",
    "telegram",
    "openai",
    "anthropic",
    "google_genai",
    "uvicorn",
)
"""Libraries whose lower levels print URLs with the bot's token, whole requests, rows of text."""

SECRETS = (
    re.compile(r"\d+:[\w-]{30,}"),  # a Telegram bot token
    re.compile(r"\b(?:sk|pk|rk|xox[abprs]|gh[pousr])[-_][\w-]{16,}"),
    re.compile(r"\bAIza[\w-]{30,}"),
    re.compile(r"(?i)(?<=bearer )[\w.~+/-]{8,}=*"),
    re.compile(r"(?i)(?<=api[_-]key[=:])[^\s&\"']{8,}"),
    re.compile(r"(?<=://)[^\s/@:]+:[^\s/@]+(?=@)"),  # user and password of a URL
)


def mask(text: str) -> str:
    """Replace everything that has the shape of a secret by `***`."""
    for pattern in SECRETS:
        text = pattern.sub("***", text)
    return text


def configure_logs(
    level: str, *, stream: TextIO | None = None, is_pretty: bool | None = None
) -> None:
    """Send the logs of Newsdesk and of its libraries to one stream, in one form.

    Args:
        level: Smallest level that is logged: debug, info, warning or error.
        stream: Where to; standard error unless given.
        is_pretty: Coloured lines for a person instead of JSON; unless given, when `stream` is a
            terminal.
    """
    stream = sys.stderr if stream is None else stream
    is_pretty = stream.isatty() if is_pretty is None else is_pretty
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _drop_text,
    ]
    last: list[Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if is_pretty
        else [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        _MaskingFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )


class _MaskingFormatter(structlog.stdlib.ProcessorFormatter):
    """Masks the finished line, so that no field and no traceback is forgotten."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


def _drop_text(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for field in TEXT_FIELDS & event.keys():
        event[field] = f"<{len(str(event[field]))} characters>"
    return event
