"""What a data folder holds, read without the code that wrote it, and whether it agrees."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.access import system_principal, visible
from core.ports.index import IndexFilter
from core.text.tokens import clean_display
from services.adapters.embed.hashing import HashingEmbedder
from services.adapters.index.edge import EdgeSearchIndex
from services.wiring import open_desk
from tests.integration.conftest import settings_for

EVERYTHING = IndexFilter(visibility=visible(system_principal()))
Key = tuple[str, str]

SHOULD_BE_EMPTY = {
    "articles without words": "SELECT id FROM article WHERE id NOT IN "
    "(SELECT article_id FROM article_body)",
    "articles without their terms": "SELECT id FROM article WHERE id NOT IN "
    "(SELECT article_id FROM article_terms)",
    "versions that do not add up": "SELECT id FROM article WHERE version != "
    "(SELECT count(*) FROM revision WHERE kind = 'article' AND ref = article.id)",
    "articles that the index was never told of": "SELECT id FROM article WHERE version != "
    "(SELECT count(*) FROM outbox WHERE kind = 'article' AND ref = article.id)",
    "mentions that do not match their article": "SELECT a.id FROM article a "
    "JOIN article_terms t ON t.article_id = a.id LEFT JOIN "
    "(SELECT article_id, count(*) AS n FROM mention GROUP BY article_id) m ON m.article_id = a.id "
    "WHERE length(t.term_ids) / 4 != coalesce(m.n, 0)",
    "mentions of no article": "SELECT article_id FROM mention WHERE article_id NOT IN "
    "(SELECT id FROM article)",
    "stories that nobody tells": "SELECT id FROM story WHERE redirect_id IS NULL AND id NOT IN "
    "(SELECT story_id FROM article)",
    "articles of a story that is another by now": "SELECT a.id FROM article a JOIN story s "
    "ON s.id = a.story_id WHERE s.redirect_id IS NOT NULL",
    "changes given up": "SELECT ref FROM outbox WHERE state = 'dead'",
    "broken references": "PRAGMA foreign_key_check",
}


@dataclass(frozen=True)
class Picture:
    """What is stored, by names that a second import gives again, and what contradicts itself."""

    articles: Counter[tuple[Key, str, str, int]] = field(default_factory=Counter)
    stories: frozenset[frozenset[Key]] = frozenset()
    problems: tuple[str, ...] = ()

    def differences(self, other: "Picture", *, with_stories: bool) -> Iterator[str]:
        """Say how this differs from what it should be."""
        lost, extra = other.articles - self.articles, self.articles - other.articles
        if lost:
            yield f"{lost.total()} articles lost, such as {min(lost)}"
        if extra:
            yield f"{extra.total()} articles twice or wrong, such as {min(extra)}"
        n_other = len(self.stories ^ other.stories)
        if n_other and with_stories:
            yield f"{n_other} stories differ"


def look_at(folder: Path, *, drains: bool = False) -> Picture:
    """Read the store by plain SQL, and compare the index with it.

    Args:
        folder: A data folder that no process has open.
        drains: Open the desk first, and bring the index up to date as a start does.
    """
    return asyncio.run(_look(folder, drains))


async def _look(folder: Path, drains: bool) -> Picture:
    if drains:
        async with open_desk(settings_for(folder)) as desk:
            await desk.importing.drain()
    problems: list[str] = []
    with closing(sqlite3.connect(f"file:{folder / 'desk.db'}?mode=ro", uri=True)) as store:
        (whole,) = store.execute("PRAGMA integrity_check").fetchone()
        if whole != "ok":
            problems.append(f"the database is damaged: {whole}")
        for what, query in SHOULD_BE_EMPTY.items():
            n = len(store.execute(query).fetchall())
            if n:
                problems.append(f"{n} {what}")
        rows = store.execute(
            "SELECT a.id, s.title, a.key, b.title, b.text, a.version, a.story_id FROM article a "
            "JOIN article_body b ON b.article_id = a.id JOIN source s ON s.id = a.source_id"
        ).fetchall()
        (n_waiting,) = store.execute(
            "SELECT count(*) FROM outbox WHERE state = 'pending'"
        ).fetchone()
    if n_waiting:
        problems.append(f"{n_waiting} changes wait for the index")
    told: dict[int, set[Key]] = {}
    for _, source, key, _, _, _, story_id in rows:
        told.setdefault(story_id, set()).add((source, key))
    words = {row[0]: f"{row[3]}\n{clean_display(row[4])[:800]}" for row in rows}
    problems += [each async for each in _index_problems(folder, words)]
    return Picture(
        articles=Counter(((row[1], row[2]), row[3], row[4], row[5]) for row in rows),
        stories=frozenset(map(frozenset, told.values())),
        problems=tuple(problems),
    )


async def _index_problems(folder: Path, words: dict[int, str]) -> AsyncIterator[str]:
    embedder = HashingEmbedder()
    index = EdgeSearchIndex.open(
        folder / "index", embedder_name=embedder.name, dimension=embedder.dimension
    )
    try:
        n_held = await index.count("article", EVERYTHING)
        held = await index.vectors("article", list(words))
    finally:
        await index.aclose()
    if n_held != len(held):
        yield f"the index holds {n_held - len(held)} articles that are not stored"
    if len(held) != len(words):
        yield f"{len(words) - len(held)} articles are not in the index"
    ids = list(held)
    right = await embedder.embed([words[n] for n in ids])
    n_old = sum(
        not np.allclose(held[n], vector, atol=1e-3) for n, vector in zip(ids, right, strict=True)
    )
    if n_old:
        yield f"{n_old} articles stand in the index with other words"
