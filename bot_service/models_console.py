"""`newsdesk models` on a terminal."""

import argparse
import asyncio
import signal
import sys
from typing import TYPE_CHECKING

from bot_service.dispatch import FAILED
from core.errors import UsageError
from schemas.settings import Settings

if TYPE_CHECKING:
    from bot_service.local_models.catalog import Provider
    from bot_service.local_models.faults import ActiveFault
    from bot_service.local_models.server import LocalModels

DUMMY_KEY = "local-fake"
MAX_LATENCY_S = 600
_ADVICE = """
Pull a plug while the desk runs, on the page or so:

  curl -X POST {url}/_fake/faults -d '{{"provider": "openai", "fault": "hang"}}'
  curl -X DELETE {url}/_fake/faults

What was billed: {url}/_fake/bill. Ctrl+C ends it.
"""


def run_models(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run a parsed `newsdesk models …`; gives its exit code."""
    assert arguments.action == "fake"  # noqa: S101 - the parser allows nothing else
    return asyncio.run(_serve_stand_ins(arguments))


async def _serve_stand_ins(arguments: argparse.Namespace) -> int:
    """Serve the stand-ins until the process is told to stop.

    Raises:
        UsageError: An option has a value that it cannot have.
    """
    # FastAPI takes a third of a second, and no other command of `models` needs it.
    from bot_service.local_models.server import LocalModels  # noqa: PLC0415
    from bot_service.local_models.serving import PortTaken  # noqa: PLC0415

    faults = _read_options(arguments)
    models = LocalModels(
        arguments.host,
        arguments.port,
        latency_s=arguments.latency,
        has_own_ports=arguments.own_ports,
    )
    try:
        await models.start()
    except ValueError as error:
        raise UsageError(str(error), field="option", word=arguments.host) from error
    except PortTaken as error:
        offer = f"; {error.free} is free: newsdesk models fake --port {error.free}"
        sys.stderr.write(f"newsdesk: {error.strerror}{offer if error.free else ''}\n")
        return FAILED
    try:
        for provider, fault in faults:
            await models.plug(provider, fault)
        sys.stdout.write(_introduction(models))
        sys.stdout.flush()
        await _until_told_to_stop()
    except ValueError as error:
        raise UsageError(str(error), field="option", word="--fault") from error
    finally:
        await models.stop()
    sys.stdout.write(_summary(models))
    return 0


def _read_options(arguments: argparse.Namespace) -> "list[tuple[Provider, ActiveFault]]":
    from bot_service.local_models.faults import parse_fault  # noqa: PLC0415 - see above

    if not 0 <= arguments.port <= 65_535:
        raise UsageError(
            f"--port takes 0 to 65535, got {arguments.port}", field="option", word="--port"
        )
    if not 0 <= arguments.latency <= MAX_LATENCY_S:
        raise UsageError(
            f"--latency takes 0 to {MAX_LATENCY_S} seconds, got {arguments.latency:g}",
            field="option",
            word="--latency",
        )
    try:
        return [parse_fault(words) for words in arguments.fault]
    except ValueError as error:
        raise UsageError(f"--fault: {error}", field="option", word="--fault") from error


async def _until_told_to_stop() -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    await told.wait()


def _introduction(models: "LocalModels") -> str:
    exports = {
        "OPENAI_BASE_URL": models.url_of("openai"),
        "ANTHROPIC_BASE_URL": models.url_of("anthropic"),
        "GOOGLE_GEMINI_BASE_URL": models.url_of("gemini"),
        "OPENAI_API_KEY": DUMMY_KEY,
        "ANTHROPIC_API_KEY": DUMMY_KEY,
        "GEMINI_API_KEY": DUMMY_KEY,
        "NEWSDESK_MODELS": "on",
    }
    lines = [
        f"Stand-ins for OpenAI, Anthropic and Gemini. What they do: {models.url}",
        "",
        "In another terminal:",
        "",
        *(f"  export {name}={value}" for name, value in exports.items()),
        "  newsdesk run",
    ]
    return "\n".join(lines) + "\n" + _ADVICE.format(url=models.url)


def _summary(models: "LocalModels") -> str:
    calls = models.providers.bill.calls
    n_input = sum(call.usage.input_tokens for call in calls)
    n_output = sum(call.usage.output_tokens for call in calls)
    named = "1 call" if len(calls) == 1 else f"{len(calls):,} calls"
    return f"\nServed {named}: {n_input:,} tokens read, {n_output:,} written.\n"
