"""`newsdesk doctor`: what is configured, what is missing, what to do."""

import json
import shutil
import stat
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import httpx

from core.errors import FolderInUse, NewsdeskError, SettingError
from schemas.settings import Settings
from schemas.status import DeskStatus
from services.orchestrator import open_desk
from services.wiring import unknown_variables, version

Level = Literal["ok", "note", "warning", "problem"]
MARKS: dict[Level, str] = {"ok": "✓", "note": "·", "warning": "!", "problem": "✗"}
GETME_S = 5.0
MIN_FREE_BYTES = 500 * 1024 * 1024
MIN_DAYS_LEFT = 14
YEARS = 1_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, what was seen, and what to do about it (empty: nothing)."""

    level: Level
    subject: str
    seen: str
    advice: str = ""


async def doctor(settings: Settings, *, is_json: bool) -> int:
    """Print the findings; gives 0 when nothing is a problem, else 1."""
    findings = [Finding("ok", "version", f"Newsdesk {version()}, Python {sys.version.split()[0]}")]
    findings += _variables() + _env_file()
    findings += await _desk(settings)
    findings += await _telegram(settings)
    findings += _models(settings)
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


async def _desk(settings: Settings) -> list[Finding]:
    folder = settings.data_dir.expanduser()
    try:
        async with open_desk(settings) as desk:
            status = await desk.status()
    except (FolderInUse, SettingError) as error:
        return [Finding("problem", "data folder", str(error))]
    except NewsdeskError as error:
        return [Finding("problem", "data folder", f"{folder}: {error}")]
    return [Finding("ok", "data folder", str(folder)), *_news(status), *_space(status, folder)]


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


def _models(settings: Settings) -> list[Finding]:
    if settings.models == "off":
        return [Finding("ok", "language models", "off: nothing leaves this machine")]
    named = sorted({name for route in settings.model.routes.values() for name in route})
    if not named:
        return [
            Finding(
                "warning",
                "language models",
                "on, but no route names one",
                'set NEWSDESK_MODEL__ROUTES, say {"compose": ["scripted"]}',
            )
        ]
    return [Finding("ok", "language models", f"on: {', '.join(named)}")]
