"""From a parsed command to its exit code: settings, logs, and every error in words."""

import argparse
import asyncio
import errno
import os
import signal
import sys

import structlog
from pydantic_settings import SettingsError

from core.errors import (
    EmbedderChanged,
    FolderInUse,
    NewsdeskError,
    SchemaTooNew,
    SettingError,
    StoreError,
    UsageError,
)
from monitoring.logs import configure_logs
from schemas.settings import Settings
from services.memory import share_one_arena
from services.wiring import read_settings

FAILED, WRONG_USAGE, IN_USE, STOPPED, NOBODY_READS = 1, 2, 4, 130, 141
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_STOPPED_WORDS = {
    "import": "stopped; what was stored stays, and the same command goes on from there",
    "reindex": "stopped; the index is incomplete until `newsdesk reindex` is run again",
    "move": "stopped; what was copied stays, and the same command goes on from there",
    "setup": "stopped; nothing was changed",
}
_AFTER_STORE = {"import": "; what was stored stays, and the same command goes on from there"}


def run_command(arguments: argparse.Namespace) -> int:
    """Run a parsed command; gives its exit code."""
    configure_logs("error")  # until the settings are known
    try:
        share_one_arena()
        settings = _settings()
        # A command prints its result; only the process that runs for long tells its log.
        is_quiet = arguments.command != "run" and settings.log_level == "info"
        configure_logs("error" if is_quiet else settings.log_level)
        return _start(arguments, settings)
    except (UsageError, SettingError, SchemaTooNew, EmbedderChanged) as error:
        return _fail(str(error), WRONG_USAGE)
    except FolderInUse as error:
        return _fail(str(error), IN_USE)
    except NewsdeskError as error:
        then = _AFTER_STORE.get(arguments.command, "") if isinstance(error, StoreError) else ""
        return _fail(f"{error}{then}", FAILED)
    except KeyboardInterrupt:
        return _fail(_STOPPED_WORDS.get(arguments.command, "stopped"), STOPPED)
    except BrokenPipeError:  # `newsdesk doctor | head`: nobody listens, which is no failure
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_READS
    except OSError as error:
        return _fail(_system_words(error), FAILED)
    except Exception as error:  # noqa: BLE001 - the one catch-all of a command
        structlog.get_logger(__name__).debug("command.failed", exc_info=error)
        return _fail(
            f"this should not have happened ({type(error).__name__}); please report it with what "
            "NEWSDESK_LOG_LEVEL=debug shows",
            FAILED,
        )


def _start(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run a command on a loop of its own; rows of a batch wait for input and need none."""
    if arguments.command == "batch":
        from bot_service.batch import run_batch  # noqa: PLC0415 - see _run

        return run_batch(arguments, settings)
    if arguments.command == "models" and arguments.action == "fake":
        from bot_service.models_console import run_models  # noqa: PLC0415 - see _run

        return run_models(arguments, settings)
    return asyncio.run(_run(arguments, settings))


def _settings() -> Settings:
    """Read the settings; what no reader of files or JSON could make sense of is a wrong one."""
    try:
        return read_settings()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(
            f"'.env' in this folder cannot be read ({error}); it is a text file in UTF-8, one "
            "NAME=value a line"
        ) from error
    except SettingsError as error:
        raise SettingError(
            f'{error}: it takes JSON, as NEWSDESK_MODEL__ROUTES=\'{{"compose": ["scripted"]}}\''
        ) from error


def _system_words(error: OSError) -> str:
    """Say what the system refused, and for want of space what to do."""
    words = f"{error.strerror or error}" + (f": {error.filename!r}" if error.filename else "")
    if error.errno in _NO_SPACE:
        words += (
            "; make room, where temporary files lie too, then run it again: what was stored stays"
        )
    return words


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"newsdesk: {message}\n")
    return code


async def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Import what the command needs, and nothing else: the page of `run` is up in a second."""
    if arguments.command == "run":
        from bot_service.process import run_desk  # noqa: PLC0415

        return await run_desk(settings)
    if arguments.command == "doctor":
        from bot_service.doctor import doctor  # noqa: PLC0415

        return await doctor(settings, is_json=arguments.json)
    if arguments.command == "setup":
        from bot_service.setup import setup  # noqa: PLC0415

        return await setup(settings, token=arguments.token)
    # A service manager stops a command as Ctrl+C does: what is open is closed in order.
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGTERM, signal.raise_signal, signal.SIGINT
    )
    from bot_service.console import COMMANDS  # noqa: PLC0415
    from bot_service.databases import DATABASE_COMMANDS  # noqa: PLC0415

    return await {**COMMANDS, **DATABASE_COMMANDS}[arguments.command](arguments, settings)
