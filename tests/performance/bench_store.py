"""How fast the store writes and answers: `python -m tests.performance.bench_store [DATA]`.

DATA (default: `NEWSDESK_EVAL_DATA`) holds the folders `stream_en_headlines` and
`stream_ru_telegram`. Lower-case words stand for stems and word pairs for keyphrases, so that the
store alone is measured.
"""

import asyncio
import hashlib
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from core.access import system_principal, visible
from core.ports.articles import NewArticle
from core.ports.store import UnitOfWork
from core.ports.windows import Selection, TermGroup
from schemas.articles import Keyphrase, Source, TextAnalysis
from services.adapters.store.engine import SqlStore

BATCH = 200
REPEATS = 5
_WORD = re.compile(r"\w+")
_SEEN_BY = visible(system_principal())


def main() -> None:
    """Fill a fresh store with both streams and print what everything took."""
    given = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("NEWSDESK_EVAL_DATA")
    if not given:
        sys.exit("name the folder of the labelled data: an argument or NEWSDESK_EVAL_DATA")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_bench(Path(given), Path(folder) / "desk.db"))


async def _bench(data: Path, path: Path) -> None:
    store = await SqlStore.open(path)
    posts = data / "stream_ru_telegram" / "posts.jsonl"
    headlines = data / "stream_en_headlines" / "headlines.jsonl"
    await _fill(store, "posts", list(_items(posts, source="channel", date="date")))
    end = await _fill(
        store, "headlines", list(_items(headlines, source="source", date="first_seen"))
    )
    async with store.transaction(is_write=False) as work:
        print(f"{await work.ops.size_bytes() / 1e6:.0f} MB on disk with the write-ahead log")
    year = Selection(visibility=_SEEN_BY, start=end - timedelta(days=730), end=end)
    day = Selection(visibility=_SEEN_BY, start=end - timedelta(hours=24), end=end)
    await _ask(store, "20,000 newest", year)
    await _ask(store, "24 h", day)
    words = (_group("trump"), _group("court"))
    for name, groups in (("2 frequent terms", words), ("3 terms", (*words, _group("tariffs")))):
        asked = Selection(visibility=_SEEN_BY, start=year.start, end=end, terms=groups, phrases=())
        await _ask(store, name, asked)
    half = Selection(visibility=_SEEN_BY, start=year.start, end=end, terms=words, min_weight=0.5)
    await _ask(store, "half weight", half)
    phrase = (_group("supreme"), _group("court"))
    await _ask(
        store,
        "phrase",
        Selection(visibility=_SEEN_BY, start=year.start, end=end, terms=phrase, phrases=(phrase,)),
    )
    await _time(store, "counts", lambda work: work.ops.counts(_SEEN_BY, now=end))
    await _time(
        store,
        "load_recent 72 h",
        lambda work: work.articles.load_recent(end - timedelta(hours=72), end),
    )
    await _time(store, "get 50", lambda work: work.articles.get(_SEEN_BY, range(9000, 9050)))
    await _purge(store, end)
    await store.aclose()


async def _fill(store: SqlStore, name: str, items: list[tuple[str, NewArticle]]) -> datetime:
    started, cpu = time.perf_counter(), time.process_time()
    n_terms = 0
    for start in range(0, len(items), BATCH):
        batch = items[start : start + BATCH]
        async with store.transaction() as work:
            titles = {title for title, _ in batch}
            sources = await work.articles.ensure_sources([_source(title) for title in titles])
            await work.articles.find_known(
                [sources[title].id for title, _ in batch], [new.key for _, new in batch]
            )
            story = await work.articles.next_story_id(len(batch))
            await work.articles.add(
                [
                    _placed(new, sources[title].id, story + n)
                    for n, (title, new) in enumerate(batch)
                ]
            )
        n_terms += sum(len(new.analysis.terms) for _, new in batch)
    elapsed_s, cpu_s = time.perf_counter() - started, time.process_time() - cpu
    print(
        f"add {name}: {len(items)} articles of {n_terms / len(items):.0f} terms, "
        f"{len(items) / elapsed_s:.0f}/s, {len(items) / cpu_s:.0f} per CPU second"
    )
    return max(new.first_seen_at for _, new in items)


async def _ask(store: SqlStore, name: str, selection: Selection) -> None:
    async with store.transaction(is_write=False) as work:
        window = await work.windows.select(selection)
    print(f"{name}: {len(window.at)} of {window.n_matching} articles")
    await _time(store, "  select", lambda work: work.windows.select(selection))
    await _time(store, "  keyphrases", lambda work: work.windows.keyphrases(selection, limit=30))
    await _time(
        store,
        "  count_terms",
        lambda work: work.windows.count_terms(selection, min_families=3),
    )


async def _time(
    store: SqlStore, name: str, ask: Callable[[UnitOfWork], Awaitable[object]]
) -> None:
    took, used = [], []
    for _ in range(REPEATS):
        started, cpu = time.perf_counter(), time.process_time()
        async with store.transaction(is_write=False) as work:
            await ask(work)
        took.append((time.perf_counter() - started) * 1000)
        used.append((time.process_time() - cpu) * 1000)
    middle = REPEATS // 2
    print(f"{name}: median {sorted(took)[middle]:.1f} ms, CPU {sorted(used)[middle]:.1f} ms")


async def _purge(store: SqlStore, end: datetime) -> None:
    started = time.perf_counter()
    async with store.transaction() as work:
        gone = await work.ops.purge_articles(before=end, sample_only=False, limit=500)
    print(f"purge of {len(gone)} articles: {(time.perf_counter() - started) * 1000:.0f} ms")


def _items(path: Path, *, source: str, date: str) -> Iterator[tuple[str, NewArticle]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            title = row.get("title") or row["text"].split("\n")[0]
            text = row.get("text", "")
            at = datetime.fromisoformat(row[date])
            yield row[source], _article(row["id"], title, text, row["lang"], at)


def _article(key: str, title: str, text: str, lang: str, at: datetime) -> NewArticle:
    in_title = _WORD.findall(title.lower())
    in_text = _WORD.findall(text.lower())
    pairs = dict.fromkeys(pairwise(in_title))
    return NewArticle(
        key=key,
        source_id=0,
        guid=key,
        url=None,
        title=title,
        text=text,
        content_hash=hashlib.sha256(f"{title}\0{text}".encode()).hexdigest(),
        title_stems=f" {' '.join(in_title)} ",
        text_stems=f" {' '.join(in_text)} ",
        minhash=bytes(512),
        published_at=at,
        first_seen_at=at,
        analysis=TextAnalysis(
            version="bench",
            lang=lang,
            lang_p=1.0,
            sentiment=0.1,
            emotions={"joy": 0.1, "fear": 0.2, "anger": 0.0, "sadness": 0.0, "surprise": 0.3},
            category="other",
            keyphrases=tuple(
                Keyphrase(phrase=" ".join(pair).title(), norm=" ".join(pair), score=0.5, ngram=2)
                for pair in list(pairs)[:8]
            ),
            terms=tuple(dict.fromkeys(in_title + in_text)),
            entities=(),
        ),
        story_id=0,
    )


def _placed(new: NewArticle, source_id: int, story_id: int) -> NewArticle:
    values = {name: getattr(new, name) for name in NewArticle.__slots__}
    return NewArticle(**values | {"source_id": source_id, "story_id": story_id})


def _source(title: str) -> Source:
    return Source(
        id=0, title=title, domain=None, publisher=title, family=title.casefold(), kind="jsonl"
    )


def _group(word: str) -> TermGroup:
    return TermGroup(frozenset({word}))


if __name__ == "__main__":
    main()
