"""Questions over a window, answered from narrow columns and packed terms."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.ports.windows import KeyphraseRow, Selection, Span, TermTable, WindowColumns
from schemas.principal import Visibility
from services.adapters.store.columns import to_columns
from services.adapters.store.keyphrases import find_norms, sum_keyphrases
from services.adapters.store.selection import Chosen, choose, in_any_span, span_of
from services.adapters.store.statements import AnySelect, chunks, is_one_of, storable, visible_rows
from services.adapters.store.tables import (
    article,
    article_terms,
    family,
    mention,
    source,
    term,
)
from services.adapters.store.terms import PACKED, TermIds, unpack
from services.adapters.store.times import HOUR_S, from_epoch, to_epoch

FEW_ROWS = 1_000


class SqlWindows:
    """`Windows` inside one transaction."""

    def __init__(self, connection: AsyncConnection, terms: TermIds) -> None:
        self._connection = connection
        self._terms = terms

    async def select(self, selection: Selection) -> WindowColumns:
        """Give the matching articles as columns, newest first."""
        chosen = await choose(self._connection, self._terms, selection)
        rows = (
            await self._connection.execute(
                chosen.newest(
                    article.c.id,
                    article.c.at,
                    article.c.story_id,
                    article.c.source_id,
                    article.c.lang,
                    article.c.sentiment,
                    article.c.joy,
                    article.c.fear,
                    article.c.anger,
                    article.c.sadness,
                    article.c.surprise,
                    article.c.published_at,
                    article.c.is_sample,
                )
            )
        ).all()
        n_matching = len(rows)
        if n_matching >= selection.cap:
            result = await self._connection.execute(
                select(func.count()).select_from(article).where(chosen.condition)
            )
            n_matching = int(result.scalar_one())
        sources = await self._sources(sorted({row[3] for row in rows}))
        if len(rows) <= FEW_ROWS:  # a trip to a thread would take longer than the work
            return to_columns(rows, n_matching, sources)
        return await asyncio.to_thread(to_columns, rows, n_matching, sources)

    async def keyphrases(self, selection: Selection, *, limit: int) -> list[KeyphraseRow]:
        """Sum stored keyphrases over the selected articles, largest n * score first."""
        chosen = await choose(self._connection, self._terms, selection)
        return await sum_keyphrases(self._connection, chosen, limit=limit)

    async def known_norms(self, selection: Selection, norms: Sequence[str]) -> frozenset[str]:
        """Say which of these keyphrase norms any selected article holds."""
        chosen = await choose(self._connection, self._terms, selection)
        return await find_norms(self._connection, chosen, norms)

    async def count_terms(
        self, selection: Selection, earlier: Sequence[Span] = (), *, min_families: int = 1
    ) -> TermTable:
        """Count the terms of a selection, and of earlier spans under the same filters and cap.

        Only terms that at least `min_families` families hold in the selection itself are named.
        """
        whole = selection.without_query()
        has_query = selection != whole
        of_all = in_any_span(whole)
        statement = _count_families(of_all) if has_query else _held(of_all)
        held: list[list[tuple[int, bytes]]] = []
        active: list[int] = []
        for start, end in ((selection.start, selection.end), *earlier):
            found = await self._connection.execute(statement, span_of(start, end))
            if has_query:
                active.append(int(found.scalar_one()))
                asked = replace(selection, start=start, end=end)
                chosen = await choose(self._connection, self._terms, asked)
                rows = (await self._connection.execute(_held(chosen))).all()
            else:
                rows = found.all()
                active.append(len({row[0] for row in rows}))
            held.append([(family_id, packed) for family_id, packed in rows if packed])
        ids, n, families = await asyncio.to_thread(_tabulate, held)
        named = np.flatnonzero(families[:, 0] >= max(min_families, 1))
        words = await self._terms.words(ids[named].tolist())
        return TermTable(
            words={int(row): words[int(ids[row])] for row in named},
            n=n,
            families=families,
            active=np.array(active, dtype=np.int64),
        )

    async def known_terms(self, selection: Selection, terms: Sequence[str]) -> frozenset[str]:
        """Say which of these terms any article of the selection holds; its cap does not count."""
        chosen = await choose(self._connection, self._terms, selection)
        # A scalar with a limit, so that the database looks for one row a term and then stops.
        held = (
            select(literal(1))
            .select_from(mention.join(article, article.c.id == mention.c.article_id))
            .where(
                mention.c.term_id == term.c.id,
                mention.c.hour >= to_epoch(selection.start) // HOUR_S,
                mention.c.hour <= to_epoch(selection.end) // HOUR_S,
                chosen.condition,
            )
            .limit(1)
            .correlate(term)
            .scalar_subquery()
        )
        known: set[str] = set()
        for part in chunks([storable(word) for word in dict.fromkeys(terms)]):
            rows = await self._connection.execute(
                select(term.c.term).where(
                    is_one_of(self._connection, term.c.term, part), held.is_not(None)
                )
            )
            known.update(rows.scalars())
        return frozenset(known)

    async def families(self, selection: Selection) -> frozenset[str]:
        """Names of the publisher families among the selected articles."""
        chosen = await choose(self._connection, self._terms, selection)
        newest = chosen.newest(article.c.family_id, article.c.at).subquery()
        result = await self._connection.execute(
            select(family.c.name).where(family.c.id.in_(select(newest.c.family_id)))
        )
        return frozenset(result.scalars())

    async def terms_of(self, article_ids: Sequence[int]) -> Mapping[int, tuple[str, ...]]:
        """Give the distinct terms of articles (entities as `e:<norm>`), in the order analysed."""
        held: dict[int, list[int]] = {}
        for part in chunks(list(dict.fromkeys(article_ids))):
            rows = await self._connection.execute(
                select(article_terms.c.article_id, article_terms.c.term_ids).where(
                    is_one_of(self._connection, article_terms.c.article_id, part)
                )
            )
            held.update({row.article_id: unpack(row.term_ids).tolist() for row in rows.all()})
        words = await self._terms.words(sorted({t for ids in held.values() for t in ids}))
        return {
            article_id: tuple(words[term_id] for term_id in ids)
            for article_id, ids in held.items()
        }

    async def span(self, visibility: Visibility) -> tuple[datetime, datetime] | None:
        """First and last `at` of what is visible; None when nothing is."""
        # Two walks along the time index that stop at the first visible row, not one over all rows.
        seen = select(article.c.at).where(visible_rows(article, visibility)).limit(1)
        first = (await self._connection.execute(seen.order_by(article.c.at))).scalar()
        last = (await self._connection.execute(seen.order_by(article.c.at.desc()))).scalar()
        if first is None or last is None:
            return None
        return from_epoch(first), from_epoch(last)

    async def _sources(self, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
        rows = await self._connection.execute(
            _SOURCES.where(is_one_of(self._connection, source.c.id, ids))
        )
        return {row.id: (row.title, row.name) for row in rows}


_SOURCES = select(source.c.id, source.c.title, family.c.name).join(
    family, family.c.id == source.c.family_id
)


def _held(chosen: Chosen) -> AnySelect:
    """Ask for the family of each article and its packed terms."""
    newest = chosen.newest(article.c.id, article.c.family_id, article.c.at).subquery()
    return select(newest.c.family_id, article_terms.c.term_ids).join(
        article_terms, article_terms.c.article_id == newest.c.id, isouter=True
    )


def _count_families(chosen: Chosen) -> AnySelect:
    newest = chosen.newest(article.c.family_id, article.c.at).subquery()
    return select(func.count(newest.c.family_id.distinct()))


def _tabulate(
    spans: Sequence[Sequence[tuple[int, bytes]]],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Count articles and distinct families per term over packed term ids.

    Args:
        spans: Of each span its articles, as family id and packed term ids; ids are distinct within
            one article.

    Returns:
        Ids of the terms that any span holds, ascending, shape (n_terms,); articles of the first
        span that hold each, shape (n_terms,); families that do, shape (n_terms, n_spans).
    """
    counted = [_count_packed(articles) for articles in spans]
    ids = np.unique(np.concatenate([found for found, _, _ in counted]))
    n = np.zeros(len(ids), dtype=np.int64)
    families = np.zeros((len(ids), len(spans)), dtype=np.int64)
    for column, (found, _, n_families) in enumerate(counted):
        families[np.searchsorted(ids, found), column] = n_families
    found, n_articles, _ = counted[0]
    n[np.searchsorted(ids, found)] = n_articles
    return ids, n, families


def _count_packed(
    articles: Sequence[tuple[int, bytes]],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give term ids ascending, articles per term, families per term; int64, equal length."""
    lengths = [len(packed) // PACKED.itemsize for _, packed in articles]
    ids = unpack(b"".join(packed for _, packed in articles)).astype(np.int64)
    owner = np.repeat(np.array([family_id for family_id, _ in articles], dtype=np.int64), lengths)
    pairs, n_articles = np.unique((ids << 32) | owner, return_counts=True)
    terms, starts, n_families = np.unique(pairs >> 32, return_index=True, return_counts=True)
    n = np.add.reduceat(n_articles, starts) if len(starts) else n_articles
    return terms, n, n_families
