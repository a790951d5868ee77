"""Desks whose models are the three providers' stand-ins in a process of their own."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from schemas.llm import Usage
from schemas.model_settings import DEFAULT_ENTRIES, BudgetSettings, ModelSettings
from schemas.runs import Reply
from schemas.settings import Settings, SourceSettings
from services.desk import Desk

NEWSDESK = Path(sys.executable).with_name("newsdesk")
KEY = "local-fake"
NOW = datetime(2025, 11, 30, 12, tzinfo=UTC)
"""Noon of the English stream's last day: no run of minutes crosses a midnight."""

DAYS = timedelta(days=30)
STREAM = "stream_en_headlines/headlines.jsonl"
START_S = 20.0
NAMES = {"openai": "gpt-5", "anthropic": "claude", "gemini": "gemini-2.5-pro"}
"""The route name behind each provider."""

UNLIMITED = {"requests_per_minute": 0, "tokens_per_minute": 0, "requests_per_day": 0}
_ADDRESS = re.compile(r"https?://127\.0\.0\.1:\d+")


@dataclass(frozen=True, slots=True)
class Billed:
    """One call that a stand-in would charge for; `name` is its model's in the routes."""

    name: str
    model: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class StandIns:
    """The running stand-ins, from outside."""

    url: str
    http: httpx.AsyncClient

    async def calls(self) -> list[Billed]:
        """Give everything billed since the last `forget`."""
        rows = (await self.http.get("/_fake/calls")).raise_for_status().json()
        return [
            Billed(NAMES[row["provider"]], row["model"], Usage.model_validate(row["usage"]))
            for row in rows
        ]

    async def forget(self) -> None:
        """Begin a new bill."""
        (await self.http.delete("/_fake/calls")).raise_for_status()

    async def set_latency(self, seconds: float) -> None:
        """Let every reply take `seconds`."""
        body = {"seconds": seconds}
        (await self.http.post("/_fake/latency", json=body)).raise_for_status()


@asynccontextmanager
async def stand_ins(*, latency_s: float) -> AsyncIterator[StandIns]:
    """Start `newsdesk models fake` and stop it at the end."""
    process = await asyncio.create_subprocess_exec(
        NEWSDESK,
        *("models", "fake", "--port", "0", "--latency", f"{latency_s:g}"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(START_S):
            said = (await process.stdout.readline()).decode()
        found = _ADDRESS.search(said)
        if found is None:
            raise RuntimeError(f"the stand-ins did not start: {said!r}")
        async with httpx.AsyncClient(base_url=found[0], trust_env=False, timeout=30) as http:
            yield StandIns(found[0], http)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


def settings_for(
    folder: Path,
    fake: StandIns,
    *,
    budget: BudgetSettings | None = None,
    has_quotas: bool = False,
    **more: Any,
) -> Settings:
    """Give the settings of a desk with a key of each provider and the routes of any desk.

    Without `has_quotas` the accounts are large ones, whose quotas are in nobody's way.
    """
    entries = (
        {}
        if has_quotas
        else {name: DEFAULT_ENTRIES[name].model_copy(update=UNLIMITED) for name in NAMES.values()}
    )
    values: dict[str, Any] = {
        "data_dir": folder,
        "now": NOW,
        "sample": "off",
        "models": "on",
        "sources": SourceSettings(poll="off", starter="off"),
        "model": ModelSettings(entries=entries),
        "budget": budget or BudgetSettings(),
        "openai_api_key": KEY,
        "openai_base_url": f"{fake.url}/openai/v1",
        "anthropic_api_key": KEY,
        "anthropic_base_url": f"{fake.url}/anthropic",
        "google_api_key": KEY,
        "google_gemini_base_url": f"{fake.url}/gemini",
    }
    return Settings(_env_file=None, **(values | more))


async def fill(desk: Desk, folder: Path) -> int:
    """Give an empty desk the stream's last days, or the sample where there is no stream."""
    data = os.environ.get("NEWSDESK_EVAL_DATA")
    if not data:
        return await desk.load_sample()
    since, until = (NOW - DAYS).isoformat()[:19], NOW.isoformat()[:19]
    cut = folder / "news.jsonl"
    with (Path(data) / STREAM).open(encoding="utf-8") as lines:
        kept = [line for line in lines if since <= json.loads(line)["first_seen"] <= until]
    cut.write_text("".join(kept), encoding="utf-8")
    return (await desk.import_paths([cut])).new


def run_ids(replies: Sequence[Reply]) -> list[str]:
    """Give the id that the buttons of each reply carry; replies without buttons have none."""
    found = (next((b.data for row in r.buttons for b in row if b.data), "") for r in replies)
    return [data.split(":")[2] for data in found if data]
