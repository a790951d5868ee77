"""How often an answer is there already: `python -m tests.performance.bench_cache_replay`.

Replays one hour of a desk, its clock and its cache's included: 200 commands of 20 chats, twelve
different ones by Zipf's law, while news comes in as the Russian stream has it
(`NEWSDESK_EVAL_DATA`; else the sample, and no news during the hour). Settings are the defaults, so
an answer is kept for 300 s and given up as soon as news is stored. Prints the hit rate after the
first 50 commands; ends with 1 below 30 %.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.access import system_principal
from monitoring.logs import configure_logs
from schemas.analysis import AnalysisResponse, KeywordsResult
from schemas.articles import RawItem
from schemas.principal import Principal
from schemas.requests import NewsRequest
from schemas.settings import Settings, SourceSettings
from services.adapters.cache.memory import MemoryCache
from services.adapters.embed.hashing import HashingEmbedder
from services.adapters.ledger.store import StoreLedger
from services.adapters.sources.files import read_files
from services.answering import Answering, AnswerParts
from services.desk import Desk
from services.wiring import load_graph, open_desk, version

HOUR_BEGINS = datetime(2024, 11, 14, 11, tzinfo=UTC)
"""A working day of the Russian stream, at its busiest."""

STREAM = "stream_ru_telegram/posts.jsonl"
HISTORY = timedelta(days=30)
HOUR_S = 3_600.0
POLL_EVERY_S = 300.0
"""News is stored together with what else a round of polls has found."""

N_COMMANDS, N_CHATS, N_WARM = 200, 20, 50
LEAST_RATE = 0.30
HITS = "orchestrator_cache_hits_total"
N_QUERIES = 3
"""Of the requests have words of the reader's."""


@dataclass(slots=True)
class ReplayedClock:
    """A clock that is set, not one that runs; both kinds of time move together."""

    at_s: float = 0.0

    def now(self) -> datetime:
        """The time of day."""
        return HOUR_BEGINS + timedelta(seconds=self.at_s)

    def monotonic(self) -> float:
        """Seconds since the hour began."""
        return self.at_s


@dataclass(frozen=True, slots=True)
class Command:
    """Something that a person of a chat sends."""

    at_s: float
    who: Principal
    request: NewsRequest


def requests_about(words: Sequence[str]) -> tuple[NewsRequest, ...]:
    """Give the hour's twelve requests, from the most to the least frequent."""
    some = (
        {"command": "trends"},
        {"command": "trends", "window": "1w"},
        {"command": "topics"},
        {"command": "trends", "window": "6h"},
        {"command": "keywords"},
        {"command": "sentiment"},
        {"command": "trends", "window": "3d"},
        {"command": "keywords", "query": words[0], "window": "1w"},
        {"command": "topics", "window": "1w"},
        {"command": "stories", "query": words[1], "window": "1w"},
        {"command": "sentiment", "query": words[2], "window": "1w"},
        {"command": "trends", "reply_lang": "en"},
    )
    return tuple(NewsRequest.model_validate({"reply_lang": "ru", **one}) for one in some)


def commands(requests: Sequence[NewsRequest], seed: int) -> list[Command]:
    """Give the hour's commands, earliest first."""
    chance = random.Random(seed)
    weights = [1 / rank for rank in range(1, len(requests) + 1)]
    made = []
    for at_s in sorted(chance.uniform(0, HOUR_S) for _ in range(N_COMMANDS)):
        chat = chance.randrange(N_CHATS)
        who = Principal(
            person=f"{chat}{chance.randrange(5)}", chat=f"-{chat}", roles=frozenset({"reader"})
        )
        (request,) = chance.choices(requests, weights)
        made.append(Command(at_s, who, request))
    return made


def answering_of(desk: Desk, clock: ReplayedClock) -> Answering:
    """Give the desk's answering with a clock and a cache that are replayed."""
    settings = desk.settings
    return Answering(
        AnswerParts(
            store=desk.store,
            index=desk.index,
            embedder=HashingEmbedder(),
            cache=MemoryCache(clock=clock.monotonic),
            ledger=StoreLedger(desk.store),
            metrics=desk.metrics,
            answer=settings.answer,
            retrieval=settings.retrieval,
            rate=settings.rate,
            version=version(),
            now=clock.now,
            load_graph=load_graph,
        )
    )


async def fill(desk: Desk, folder: Path) -> list[RawItem]:
    """Store what was there before the hour; gives what the hour brings, earliest first."""
    data = os.environ.get("NEWSDESK_EVAL_DATA")
    if not data:
        await desk.load_sample()
        return []
    since, until = HOUR_BEGINS - HISTORY, HOUR_BEGINS + timedelta(seconds=HOUR_S)
    before, during = folder / "before.jsonl", folder / "during.jsonl"
    with (
        (Path(data) / STREAM).open(encoding="utf-8") as lines,
        before.open("w", encoding="utf-8") as old,
        during.open("w", encoding="utf-8") as new,
    ):
        for line in lines:
            at = datetime.fromisoformat(json.loads(line)["date"])
            if since <= at < until:
                (old if at < HOUR_BEGINS else new).write(line)
    await desk.import_paths([before])
    found = [item for item in read_files(during, now=until) if isinstance(item, RawItem)]
    return sorted(found, key=_published)


def _published(item: RawItem) -> datetime:
    return item.published_at or HOUR_BEGINS


async def store_until(desk: Desk, coming: list[RawItem], until: datetime) -> None:
    """Store what was published by then, as one round of polls does."""
    arrived = [item for item in coming if _published(item) < until]
    if arrived:
        del coming[: len(arrived)]
        await desk.importing.ingest(system_principal(), iter(arrived))
        await desk.importing.catch_up(is_over=False)


async def frequent_words(answering: Answering) -> list[str]:
    """Give words that many articles of the week hold, so that each query finds something."""
    request = NewsRequest(command="keywords", window="1w", lang="ru")
    reply = await answering.answer(system_principal(), request)
    if not isinstance(reply.response, AnalysisResponse):
        raise RuntimeError(f"the desk holds no news: {reply.text[:200]}")
    assert isinstance(reply.response.result, KeywordsResult)
    return [phrase.phrase for phrase in reply.response.result.keyphrases[:N_QUERIES]]


async def replay(desk: Desk, clock: ReplayedClock, coming: list[RawItem], seed: int) -> list[bool]:
    """Send every command at its moment; says for each whether its answer was there already."""
    answering = answering_of(desk, clock)
    asked = commands(requests_about(await frequent_words(answering)), seed)
    registry = desk.metrics.registry
    was_hit, seconds = [], []
    next_poll_s = 0.0
    for command in asked:
        while next_poll_s <= command.at_s:
            clock.at_s = next_poll_s
            await store_until(desk, coming, clock.now())
            next_poll_s += POLL_EVERY_S
        clock.at_s = command.at_s
        before = registry.get_sample_value(HITS, {"cache": "answer"}) or 0.0
        began = time.perf_counter()
        reply = await answering.answer(command.who, command.request)
        seconds.append(time.perf_counter() - began)
        if not isinstance(reply.response, AnalysisResponse):
            raise RuntimeError(f"no answer to {command.request.command}: {reply.text[:200]}")
        was_hit.append((registry.get_sample_value(HITS, {"cache": "answer"}) or 0.0) > before)
    report("hit", [s for s, is_hit in zip(seconds, was_hit, strict=True) if is_hit])
    report("computed", [s for s, is_hit in zip(seconds, was_hit, strict=True) if not is_hit])
    return was_hit


def report(name: str, seconds: Sequence[float]) -> None:
    """Print how long answers of a kind took."""
    if seconds:
        print(f"{name:<10} n {len(seconds):>3}   p50 {statistics.median(seconds) * 1000:6.1f} ms")


async def main(seed: int) -> int:
    """Replay the hour on a temporary desk."""
    configure_logs("error")
    clock = ReplayedClock()
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(
            _env_file=None,
            data_dir=Path(name) / "data",
            now=HOUR_BEGINS,
            sample="off",
            models="off",
            sources=SourceSettings(poll="off", starter="off"),
        )
        async with open_desk(settings) as desk:
            coming = await fill(desk, Path(name))
            n_news = len(coming)
            was_hit = await replay(desk, clock, coming, seed)
    rate = statistics.mean(was_hit[N_WARM:])
    is_met = rate >= LEAST_RATE
    print(
        f"{N_COMMANDS} commands of {N_CHATS} chats in an hour, {n_news} news stored meanwhile: "
        f"{rate:.1%} of those after the first {N_WARM} were there already "
        f"[at least {LEAST_RATE:.0%}: {'met' if is_met else 'MISSED'}]"
    )
    return 0 if is_met else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=1, help="of the hour's commands")
    sys.exit(asyncio.run(main(parser.parse_args().seed)))
