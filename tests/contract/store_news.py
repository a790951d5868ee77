"""News, runs and questions of the store's tests, written for them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.access import system_principal, visible
from core.ports.articles import NewArticle
from core.ports.store import UnitOfWork
from core.ports.windows import Selection, TermGroup, TermTable
from schemas.analysis import Meta
from schemas.articles import Keyphrase, Source, TextAnalysis
from schemas.errors import ErrorDetail, ErrorResponse
from schemas.principal import PUBLIC, SHARED_TENANT
from schemas.requests import NewsRequest
from schemas.runs import EvidenceCard, LegRank, StoredRun

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
EVERYTHING = visible(system_principal())


def hours_ago(hours: float) -> datetime:
    return NOON - timedelta(hours=hours)


def source(title: str, *, family: str | None = None, audience: str = PUBLIC) -> Source:
    return Source(
        id=0,
        title=title,
        domain=f"{title.casefold().replace(' ', '')}.example",
        publisher=f"{title} House",
        family=family or title.casefold(),
        kind="jsonl",
        audience=audience,
    )


def article(key: str, title: str, text: str = "", **changes: Any) -> NewArticle:
    """An article whose stems are its lower-case words, published an hour before noon."""
    in_title, in_text = title.lower().split(), text.lower().split()
    words = tuple(dict.fromkeys(in_title + in_text))
    new = NewArticle(
        key=key,
        source_id=1,
        guid=key,
        url=f"https://news.example/{key}",
        title=title,
        text=text,
        content_hash=ascii(f"{title} {text}".strip()),
        title_stems=f" {' '.join(in_title)} ",
        text_stems=f" {' '.join(in_text)} ",
        minhash=key.encode(),
        published_at=hours_ago(1),
        first_seen_at=NOON,
        analysis=analysis(words),
        story_id=1,
    )
    return replace(new, **changes)


def analysis(words: Sequence[str], **changes: Any) -> TextAnalysis:
    made = TextAnalysis(
        version="test 1",
        lang="en",
        lang_p=0.9,
        sentiment=None,
        emotions={},
        category="other",
        keyphrases=(),
        terms=tuple(words),
        entities=(),
    )
    return made.model_copy(update=changes)


def keyphrase(phrase: str, score: float = 0.5, norm: str | None = None) -> Keyphrase:
    own = norm or phrase.lower()
    return Keyphrase(phrase=phrase, norm=own, score=score, ngram=len(own.split()))


async def add(work: UnitOfWork, *articles: NewArticle, sources: Sequence[str] = ()) -> list[int]:
    """Add articles: each to its owner's source of the same place in `sources`, else "Herald"."""
    titles = list(sources) or ["Herald"] * len(articles)
    ids: dict[tuple[str, str, str], int] = {}
    for new, title in zip(articles, titles, strict=True):
        if (title, new.tenant, new.audience) not in ids:
            named = source(title, audience=new.audience).model_copy(update={"tenant": new.tenant})
            stored = await work.articles.ensure_sources([named])
            ids[title, new.tenant, new.audience] = stored[title].id
    return await work.articles.add(
        [
            replace(new, source_id=ids[title, new.tenant, new.audience])
            for new, title in zip(articles, titles, strict=True)
        ]
    )


def asking(*words: str, **changes: Any) -> Selection:
    """The 24 hours before noon, with these words as terms ("a|b": either stem)."""
    selection = Selection(
        visibility=EVERYTHING,
        start=hours_ago(24),
        end=NOON,
        terms=tuple(group(word) for word in words),
    )
    return replace(selection, **changes)


def group(word: str) -> TermGroup:
    return TermGroup(frozenset(word.split("|")))


def phrase(words: str) -> tuple[TermGroup, ...]:
    return tuple(group(word) for word in words.split())


def run(
    run_id: str, *, person: str | None = "7", chat: str | None = "-5", age_h: float = 0
) -> StoredRun:
    return StoredRun(
        id=run_id,
        correlation_id=f"c-{run_id}",
        tenant=SHARED_TENANT,
        person=person,
        chat=chat,
        request=NewsRequest(command="trends"),
        response=ErrorResponse(
            error=ErrorDetail(code="NO_DATA", user_message="Nothing yet.", retryable=True),
            meta=Meta(confidence=0.0, model="local", version="1", correlation_id=f"c-{run_id}"),
        ),
        facts=None,
        evidence=(
            EvidenceCard(
                article_id=3,
                title="Мост открыт",
                url=None,
                date="2026-03-10",
                source="Herald",
                family="herald",
                snippet="…",
                lang="ru",
                legs=(LegRank(leg="sparse", rank=1, score=4.5),),
                is_cited=True,
            ),
            EvidenceCard(
                article_id=2,
                title="Second",
                url=None,
                date=None,
                source="Herald",
                family="herald",
                snippet="",
                lang="en",
            ),
        ),
        policy=(),
        timings_ms={"retrieve": 4},
        at=hours_ago(age_h),
    )


def held(table: TermTable) -> dict[str, tuple[int, int]]:
    """Articles and publisher families of each named term in the asked span."""
    return {
        word: (int(table.n[row]), int(table.families[row, 0])) for row, word in table.words.items()
    }
