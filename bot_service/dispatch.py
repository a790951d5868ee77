"""From a parsed command to its exit code: settings, logs, and every error in words."""

import argparse
import asyncio
import sys

from core.errors import (
    EmbedderChanged,
    FolderInUse,
    NewsdeskError,
    SchemaTooNew,
    SettingError,
    UsageError,
)
from monitoring.logs import configure_logs
from schemas.settings import Settings
from services.wiring import read_settings

FAILED, WRONG_USAGE, IN_USE, STOPPED = 1, 2, 4, 130


def run_command(arguments: argparse.Namespace) -> int:
    """Run a parsed command; gives its exit code."""
    try:
        settings = read_settings()
        # A command prints its result; only the process that runs for long tells its log.
        is_quiet = arguments.command != "run" and settings.log_level == "info"
        configure_logs("error" if is_quiet else settings.log_level)
        return asyncio.run(_run(arguments, settings))
    except (UsageError, SettingError, SchemaTooNew, EmbedderChanged) as error:
        return _fail(str(error), WRONG_USAGE)
    except FolderInUse as error:
        return _fail(str(error), IN_USE)
    except NewsdeskError as error:
        return _fail(str(error), FAILED)
    except KeyboardInterrupt:
        return _fail("stopped", STOPPED)


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
    from bot_service.console import COMMANDS  # noqa: PLC0415

    return await COMMANDS[arguments.command](arguments, settings)
