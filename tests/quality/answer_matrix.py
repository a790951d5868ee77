"""A hundred stored answers over two real streams, and each of their sentences on trial."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot_service.local_models.server import FakeProviders
from core.access import system_principal
from core.policy.gate import desk_of, keep_supported
from schemas.analysis import AnalysisResponse
from schemas.drafts import Finding
from schemas.model_settings import (
    DEFAULT_ENTRIES,
    BudgetSettings,
    ModelEntry,
    ModelSettings,
)
from schemas.requests import Command, Depth, NewsRequest, Window
from schemas.runs import PolicyRecord, StoredRun
from schemas.settings import Settings, SourceSettings
from services.desk import Desk
from services.wiring import open_desk

KEY = "local-fake"
COMMANDS: tuple[Command, ...] = ("trends", "keywords", "sentiment", "topics")
WINDOWS: tuple[Window, ...] = ("6h", "12h", "24h", "3d", "1w", "1m")
DEPTHS: tuple[Depth, ...] = ("simple", "enhanced")
HISTORY = timedelta(days=40)
N_ANSWERS = 100


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream with the moment at which it is asked about, and a word that it holds."""

    lang: str
    file: str
    date_field: str
    now: datetime
    query: str


STREAMS = (
    Stream(
        lang="ru",
        file="stream_ru_telegram/posts.jsonl",
        date_field="date",
        now=datetime(2024, 11, 13, 15, tzinfo=UTC),
        query="Россия",
    ),
    Stream(
        lang="en",
        file="stream_en_headlines/headlines.jsonl",
        date_field="first_seen",
        now=datetime(2025, 11, 12, 15, tzinfo=UTC),
        query="Trump",
    ),
)


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence of a stored answer and what the checks said of it."""

    run: StoredRun
    finding: Finding
    is_cited: bool
    records: tuple[PolicyRecord, ...]

    @property
    def lang(self) -> str:
        """The language it was written in."""
        return self.run.request.reply_lang

    @property
    def is_supported(self) -> bool:
        """Whether a model could have said it."""
        return not self.objections

    @property
    def objections(self) -> list[str]:
        """What speaks against it: the rule, and its reason."""
        return [f"{r.rule} {r.detail}".strip() for r in self.records if r.verdict == "drop"]


def requests(stream: Stream) -> Iterator[NewsRequest]:
    """Give the questions about one stream: commands by windows and depths, then about a word."""
    asked: list[tuple[Command, Window, Depth, str | None]] = [
        *(
            (command, window, depth, None)
            for depth in DEPTHS
            for command in COMMANDS
            for window in WINDOWS
        ),
        *(("stories", "1w", depth, stream.query) for depth in DEPTHS),
    ]
    for command, window, depth, query in asked:
        yield NewsRequest(
            command=command,
            window=window,
            depth=depth,
            query=query,
            lang=stream.lang,
            reply_lang=stream.lang,
            as_of=stream.now,
        )


def settings_for(folder: Path, fake: FakeProviders) -> Settings:
    """Give a desk after both streams, with a key of each provider."""
    return Settings(
        _env_file=None,
        data_dir=folder / "data",
        now=datetime(2026, 1, 1, 12, tzinfo=UTC),
        sample="off",
        models="on",
        sources=SourceSettings(poll="off", starter="off"),
        openai_api_key=KEY,
        openai_base_url=fake.openai_url,
        anthropic_api_key=KEY,
        anthropic_base_url=fake.anthropic_url,
        google_api_key=KEY,
        google_gemini_base_url=fake.gemini_url,
        model=ModelSettings(entries=_without_quotas()),
        budget=BudgetSettings(global_day_usd=1_000),
    )


def _without_quotas() -> dict[str, ModelEntry]:
    free = {"requests_per_minute": 0, "tokens_per_minute": 0, "requests_per_day": 0}
    return {name: entry.model_copy(update=free) for name, entry in DEFAULT_ENTRIES.items()}


async def answer_all(data: Path, folder: Path) -> list[StoredRun]:
    """Ask every question of the matrix; gives the stored runs.

    Raises:
        AssertionError: One was not answered.
    """
    with FakeProviders() as fake:
        async with open_desk(settings_for(folder, fake)) as desk:
            cuts = [_cut(data, stream, folder) for stream in STREAMS]
            summary = await desk.import_paths(cuts)
            assert summary.refused == 0, summary
            return [
                await _stored(desk, request) for stream in STREAMS for request in requests(stream)
            ]


def _cut(data: Path, stream: Stream, folder: Path) -> Path:
    since, until = stream.now - HISTORY, stream.now
    made = folder / f"{stream.lang}.jsonl"
    with (data / stream.file).open(encoding="utf-8") as lines:
        kept = [line for line in lines if since <= _date(line, stream) <= until]
    made.write_text("".join(kept), encoding="utf-8")
    return made


def _date(line: str, stream: Stream) -> datetime:
    return datetime.fromisoformat(json.loads(line)[stream.date_field])


async def _stored(desk: Desk, request: NewsRequest) -> StoredRun:
    reply = await desk.answer(system_principal(), request)
    assert isinstance(reply.response, AnalysisResponse), (request, reply.text)
    run_id = next(b.data for row in reply.buttons for b in row if b.data).split(":")[2]
    async with desk.store.transaction(is_write=False) as work:
        run = await work.runs.get(run_id)
    assert run is not None
    return run


def try_all(runs: Sequence[StoredRun]) -> list[Told]:
    """Hold every sentence against its evidence, as if a model had written it."""
    return [told for run in runs for told in _try(run)]


def _try(run: StoredRun) -> Iterator[Told]:
    assert isinstance(run.response, AnalysisResponse)
    assert run.facts is not None
    listed = {item.article_id for item in run.response.evidence}
    for insight in run.response.insights:
        refs = [ref.article_id for ref in insight.evidence_refs]
        finding = Finding(
            type=insight.type,
            text=insight.text,
            article_ids=tuple(int(ref) for ref in refs if ref is not None),
            is_computed=False,
        )
        _, records = keep_supported(
            [finding], desk_of(run.evidence, run.facts, lang=run.request.reply_lang)
        )
        yield Told(run, finding, is_cited=bool(refs) and listed.issuperset(refs), records=records)


def table(told: Sequence[Told]) -> list[str]:
    """Write how many sentences pass, by command, language and who worded them."""
    lines = [f"{'command':<12} {'lang':<5} {'worded by':<10} {'sentences':>9} {'supported':>10}"]
    groups: dict[tuple[str, str, str], list[Told]] = {}
    for one in told:
        by = "templates" if one.run.response.meta.model == "local" else "models"
        groups.setdefault((one.run.request.command, one.lang, by), []).append(one)
    for (command, lang, by), some in sorted(groups.items()):
        share = sum(one.is_supported for one in some) / len(some)
        lines.append(f"{command:<12} {lang:<5} {by:<10} {len(some):>9} {share:>10.1%}")
    return lines
