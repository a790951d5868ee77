"""`newsdesk doctor`: what is configured, what is missing, what to do."""

import json
import shutil
import stat
import sys
from dataclasses import asdict
from importlib.metadata import version as installed_version
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from bot_service.doctor_models import model_findings, unknown_models
from bot_service.findings import LOOPBACK, Finding, Level
from core.errors import FolderInUse, NewsdeskError, SettingError
from schemas.model_reports import ModelOrder, ModelsReport
from schemas.settings import Settings
from schemas.status import DeskStatus
from services.orchestrator import open_desk
from services.wiring import (
    databases,
    look_at_index,
    look_at_redis,
    unknown_variables,
    version,
)

MARKS: dict[Level, str] = {"ok": "✓", "note": "·", "warning": "!", "problem": "✗"}
GETME_S = 5.0
MIN_FREE_BYTES = 500 * 1024 * 1024
MIN_DAYS_LEFT = 14
YEARS = 1_000
FAR_MS = 20.0
"""A round trip that a reader would notice: dozens of them make an answer."""


async def doctor(settings: Settings, *, is_json: bool) -> int:
    """Print the findings; gives 0 when nothing is a problem, else 1."""
    findings = [Finding("ok", "version", f"Newsdesk {version()}, Python {sys.version.split()[0]}")]
    findings += _variables() + _env_file()
    database = await _database(settings)
    findings += database
    unknown = unknown_models(settings)
    models: ModelsReport | None = None
    if not unknown and not any(f.level == "problem" for f in database):
        seen, models = await _desk(settings)
        findings += seen
    findings += await _index_server(settings) + await _redis(settings)
    findings += await _telegram(settings)
    findings += unknown or model_findings(settings, models)
    if is_json:
        sys.stdout.write(json.dumps([asdict(f) for f in findings], indent=2) + "\n")
    else:
        for finding in findings:
            sys.stdout.write(_line(finding))
    return 1 if any(f.level == "problem" for f in findings) else 0


def _line(finding: Finding) -> str:
    line = f"{MARKS[finding.level]} {finding.subject}: {finding.seen}\n"
    return line + (f"    → {finding.advice}\n" if finding.advice else "")


def _variables() -> list[Finding]:
    return [
        Finding("warning", "environment", f"nothing reads {name}", "correct the name or remove it")
        for name in unknown_variables()
    ]


def _env_file() -> list[Finding]:
    path = Path(".env")
    if not path.exists():
        return [Finding("note", ".env", "none in this folder; the environment alone counts")]
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return [
            Finding(
                "warning",
                ".env",
                f"others may read it (mode {mode:o}), and it may hold the bot's token",
                "chmod 600 .env",
            )
        ]
    return [Finding("ok", ".env", "read, and private to this user")]


async def _database(settings: Settings) -> list[Finding]:
    """Look at the database server: does it answer, is it of our age, which schema, how far."""
    try:
        server = await databases(settings).look()
    except NewsdeskError as error:
        return [Finding("problem", "PostgreSQL", str(error))]
    if server is None:
        return []
    schema = f"schema {server.schema_stored}" if server.schema_stored else "no schema yet"
    seen = f"{server.version}, {server.database}, {schema}, {server.latency_ms:.1f} ms away"
    if server.latency_ms > FAR_MS:
        advice = "an answer asks it dozens of times: run both in one place"
        return [Finding("warning", "PostgreSQL", seen, advice)]
    return [Finding("ok", "PostgreSQL", seen)]


async def _desk(settings: Settings) -> tuple[list[Finding], ModelsReport | None]:
    """Look at what the desk holds, and let it list its models; None: it cannot be opened."""
    folder = settings.data_dir.expanduser()
    try:
        async with open_desk(settings) as desk:
            status = await desk.status()
            models = await desk.manage_models(ModelOrder(action="list"))
    except (FolderInUse, SettingError) as error:
        return [Finding("problem", "data folder", str(error))], None
    except NewsdeskError as error:
        return [Finding("problem", "data folder", f"{folder}: {error}")], None
    where = Finding("ok", "data folder", str(folder))
    if settings.database_url is not None:
        seen = f"{status.size_bytes / 1e6:,.1f} MB stored, {status.per_day:,.0f} articles a day"
        return [where, *_news(status), Finding("ok", "database", seen)], models
    return [where, *_news(status), *_space(status, folder)], models


async def _index_server(settings: Settings) -> list[Finding]:
    """Look at the Qdrant server: does it answer, is it of our age, what does it hold."""
    if settings.qdrant_url is None:
        return []
    try:
        version, counts = await look_at_index(
            settings.qdrant_url, settings.qdrant_api_key, prefix=settings.qdrant_prefix
        )
    except NewsdeskError as error:
        advice = "start it, or correct NEWSDESK_QDRANT_URL and NEWSDESK_QDRANT_API_KEY"
        return [Finding("problem", "Qdrant server", str(error), advice)]
    held = ", ".join(f"{name} {n:,}" for name, n in counts.items()) or "no collection yet"
    found = [Finding("ok", "Qdrant server", f"{version}; {held}")]
    ours = installed_version("qdrant-client")
    if not is_near(version, ours):
        advice = "update the older one: a major or two minor versions apart may misunderstand"
        seen = f"{version} is far from the client's {ours}"
        found.append(Finding("warning", "Qdrant server", seen, advice))
    host = urlsplit(settings.qdrant_url).hostname or ""
    is_open = settings.qdrant_url.startswith("http://") and host not in LOOPBACK
    if settings.qdrant_api_key is not None and is_open:
        advice = "use https://, or a network that nobody else listens to"
        seen = f"its key goes to {host} unencrypted"
        found.append(Finding("warning", "Qdrant server", seen, advice))
    return found


async def _redis(settings: Settings) -> list[Finding]:
    """Look whether Redis answers; without it each process counts and remembers by itself."""
    if settings.redis_url is None:
        return []
    try:
        seen = await look_at_redis(settings.redis_url.get_secret_value())
    except NewsdeskError as error:
        advice = "start it, or correct NEWSDESK_REDIS_URL; until then the database alone decides"
        return [Finding("problem", "Redis", str(error), advice)]
    return [Finding("ok", "Redis", seen)]


def is_near(server: str, client: str) -> bool:
    """Whether two versions of Qdrant understand each other, by Qdrant's own rule.

    Majors are equal and minors differ by at most one; a version that is no number is near none.
    """
    try:
        (major, minor), (ours, our_minor) = (
            [int(part) for part in one.split(".")[:2]] for one in (server, client)
        )
    except ValueError:
        return False
    return major == ours and abs(minor - our_minor) <= 1


def _news(status: DeskStatus) -> list[Finding]:
    if status.n_articles == 0:
        advice = "`newsdesk run` starts with sample news; `newsdesk import PATH` adds your own"
        return [Finding("warning", "news", "no articles yet", advice)]
    languages = ", ".join(f"{lang} {n:,}" for lang, n in list(status.languages.items())[:6])
    span = ""
    if status.oldest_at and status.newest_at:
        span = f", {status.oldest_at:%Y-%m-%d} to {status.newest_at:%Y-%m-%d}"
    found = [
        Finding(
            "ok",
            "news",
            f"{status.n_articles:,} articles, {status.n_sources} sources, "
            f"{status.n_stories:,} stories{span} ({languages})",
        )
    ]
    if status.is_sample:
        advice = "it goes by itself once 50 articles from 3 sources are imported"
        found.append(Finding("note", "sample", "sample news is loaded", advice))
    if status.index_lag:
        advice = "it catches up while the desk runs; `newsdesk reindex` rebuilds it"
        found.append(
            Finding("note", "search index", f"{status.index_lag:,} changes behind", advice)
        )
    return found


def _space(status: DeskStatus, folder: Path) -> list[Finding]:
    free = shutil.disk_usage(folder).free
    left = "no growth yet"
    if status.days_left is not None:
        left = f"{status.days_left:,.0f} days left" if status.days_left < YEARS else "years left"
    seen = (
        f"{status.size_bytes / 1e6:,.1f} MB stored, {status.per_day:,.0f} articles a day, "
        f"{_bytes(free)} free, {left}"
    )
    is_short = free < MIN_FREE_BYTES or (
        status.days_left is not None and status.days_left < MIN_DAYS_LEFT
    )
    if is_short:
        advice = "make room, or shorten NEWSDESK_RETENTION__ARTICLES_DAYS and run `newsdesk purge`"
        return [Finding("warning", "disk", seen, advice)]
    return [Finding("ok", "disk", seen)]


def _bytes(n: int) -> str:
    return f"{n / 1e9:,.1f} GB" if n >= 1e9 else f"{n / 1e6:,.0f} MB"


async def _telegram(settings: Settings) -> list[Finding]:
    token = settings.telegram_bot_token
    if token is None:
        advice = "`newsdesk setup` connects a bot from @BotFather"
        return [Finding("note", "Telegram", "no token: the local Telegram is used", advice)]
    root = settings.telegram_api_base_url.rstrip("/")
    found = [await _get_me(root, token.get_secret_value())]
    if not settings.allowed_chats:
        found.append(
            Finding(
                "warning",
                "allowed chats",
                "everybody may use this bot",
                "set NEWSDESK_ALLOWED_CHATS to the chat ids that may, separated by commas",
            )
        )
    return found


async def _get_me(root: str, token: str) -> Finding:
    try:
        async with httpx.AsyncClient(timeout=GETME_S) as client:
            response = await client.get(f"{root}/bot{token}/getMe")
            answer = response.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        # The URL holds the token, so the error's own text is not shown.
        return Finding(
            "problem",
            "Telegram",
            f"{root} does not answer ({type(error).__name__})",
            "check the network, or set TELEGRAM_API_BASE_URL to a server that is reachable",
        )
    if not isinstance(answer, dict) or "ok" not in answer:
        return Finding(
            "problem",
            "Telegram",
            f"{root} answers, but not as Telegram does (HTTP {response.status_code})",
            "set TELEGRAM_API_BASE_URL to the root of a Bot API server",
        )
    if not answer["ok"]:
        return Finding(
            "problem",
            "Telegram",
            f"the token is refused: {answer.get('description', response.status_code)}",
            "take the token from @BotFather and run `newsdesk setup` again",
        )
    return Finding("ok", "Telegram", f"https://t.me/{answer['result']['username']}")
