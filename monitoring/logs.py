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
    "httpx2",
    "httpcore2",
    "telegram",
    "openai",
    "anthropic",
    "google_genai",
    "uvicorn",
)
"""Libraries whose lower levels print URLs with the bot's token, whole requests, rows of text."""

SECRETS = (
    re.compile(r"\d+:[\w-]{30,}"),  # a Telegram bot token
    re.compile(
        r"\b(?:sk|pk|rk|gsk|hf|npm|r8|xox[abprs]|xapp|gh[pousr]|github_pat|glpat)[-_][\w-]{16,}"
    ),
    re.compile(
        r"\b(?:AIza[\w-]{30,}|ya29\.[\w-]{20,}|(?:AKIA|ASIA)[A-Z2-7]{16}|GOCSPX-[\w-]{20,})"
    ),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}"),
    re.compile(r"(?i)(?<=bearer )[\w.~+/-]{8,}=*"),
    re.compile(r"(?i)(?<=api[_-]key[=:])[^\s&\"']{8,}"),
    re.compile(r"(?i)(?<=[?&]key=)[^\s&\"']{8,}"),
    re.compile(r"(?<=://)[^\s/@:]+:[^\s/@]+(?=@)"),  # user and password of a URL
)
PRIVATE = (
    (re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})*\.[^\W\d_]{2,24}"), "[e-mail]"),
    (
        re.compile(
            r"(?<![\w.:/=#-])(?:\+\d[\d ()\u00a0-]{8,18}\d"
            r"|[78][ (-]{0,2}\d{3}[ )-]{0,2}\d{3}[ -]?\d\d"
            r"[ -]?\d\d|\(?\d{3}\)?[ -]\d{3}[ -]\d{4})(?![\w.:/-])"
        ),
        "[tel]",
    ),
    (re.compile(r"(?<![\w.:/=#-])\d{4}(?:[ -]?\d{4}){3}(?![\w.:/-])"), "[card]"),
    (re.compile(r"(?<![\w.:/=#-])\d{3}-\d{2}-\d{4}(?![\w.:/-])"), "[SSN]"),
    (re.compile(r"(?<![\w.:/=#-])\d{3}-\d{3}-\d{3}[ -]\d{2}(?![\w.:/-])"), "[ID]"),
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"), "[IBAN]"),
)
"""What may be private, and its mask: a log rather hides a number too many than shows one."""

KEPT_FIELDS = frozenset(
    {"correlation_id", "run_id", "timestamp", "level", "logger", "event_id", "update_id"}
)
"""Fields that name things, by which an operator finds the others."""

_MAYBE_PRIVATE = re.compile(r"@|\d(?:[^\d\w]{0,2}\d){8}|[A-Z]{2}\d\d ?[A-Z0-9]{4}")
_MAX_DEPTH = 4


def mask(text: str) -> str:
    """Replace everything that has the shape of a secret by `***`."""
    for pattern in SECRETS:
        text = pattern.sub("***", text)
    return text


def mask_private(text: str) -> str:
    """Replace e-mail addresses, telephone, card and document numbers by a mask that names them."""
    if _MAYBE_PRIVATE.search(text) is None:
        return text
    for pattern, name in PRIVATE:
        text = pattern.sub(name, text)
    return text


def redact_fields(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask private data in every string of a line, lists and objects included; ids stay."""
    for field, value in event.items():
        if field not in KEPT_FIELDS and not isinstance(value, int | float | None):
            event[field] = _redacted(value, _MAX_DEPTH)
    return event


def _redacted(value: object, depth: int) -> object:
    match value:
        case str():
            return mask_private(value)
        case dict() if depth:
            return {key: _redacted(one, depth - 1) for key, one in value.items()}
        case list() | tuple() if depth:
            return type(value)(_redacted(one, depth - 1) for one in value)
        case _:
            return value


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
        [
            redact_fields,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ]
        if is_pretty
        else [
            structlog.processors.format_exc_info,
            redact_fields,
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
