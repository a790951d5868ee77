"""`newsdesk setup`: from a bot token to a working chat."""

import getpass
import os
import re
import signal
import sys
import tempfile
from pathlib import Path

from bot_service.telegram.introduction import introduce
from core.errors import UsageError
from schemas.settings import Settings

TOKEN = re.compile(r"\d{1,20}:[A-Za-z0-9_-]{20,100}")
NAME = "TELEGRAM_BOT_TOKEN"
ENV_FILE = Path(".env")


async def setup(settings: Settings, *, token: str | None) -> int:
    """Check a bot's token, store it in `.env`, set commands and descriptions; gives the exit code.

    Raises:
        UsageError: The token has not the form of one.
        SettingError: Telegram refuses it, or cannot be reached; nothing was written.
    """
    token = (token or _ask()).strip()
    if not TOKEN.fullmatch(token):
        raise UsageError(
            "this is not a bot token; @BotFather gives one of the form 123456789:AAE…",
            field="option",
        )
    root = settings.telegram_api_base_url.rstrip("/")
    username = await introduce(token, root)
    write_env(ENV_FILE, NAME, token)
    sys.stdout.write(
        f"The token of @{username} is stored in {ENV_FILE} (mode 600); commands and "
        f"descriptions are set.\nNext: `newsdesk run`, then open https://t.me/{username} "
        "(the first start prints a link that makes you its owner).\n"
    )
    return 0


def _ask() -> str:
    if not sys.stdin.isatty():
        raise UsageError("no token: give it as `newsdesk setup --token TOKEN`", field="option")
    # The loop's own handler would wait for a loop that this question holds up.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return getpass.getpass("Token from @BotFather (it stays hidden): ")
    except EOFError:
        raise UsageError("no token was given; nothing was changed", field="option") from None
    finally:
        signal.signal(signal.SIGINT, before)


def write_env(path: Path, name: str, value: str) -> None:
    """Set one variable of an env file, keeping other lines; mode 0600, replaced atomically."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    own = re.compile(rf"\s*(export\s+)?{re.escape(name)}\s*=")
    kept = [line for line in lines if not own.match(line)]
    text = "\n".join([*kept, f"{name}={value}"]) + "\n"
    # mkstemp makes the file private from the first byte on.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".env-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
