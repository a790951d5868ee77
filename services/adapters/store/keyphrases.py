"""Stored keyphrases summed over a window."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from core.ports.windows import KeyphraseRow
from services.adapters.store.article_rows import norm_hash
from services.adapters.store.selection import Chosen
from services.adapters.store.statements import AnyRow, is_one_of
from services.adapters.store.tables import article, keyphrase

N_EXAMPLES = 5

TIE = 1e9
"""Sums that differ less than 1 / TIE are equal: the same scores added in another order."""


async def find_norms(
    connection: AsyncConnection, chosen: Chosen, norms: Sequence[str]
) -> frozenset[str]:
    """Give those of `norms` that any selected article holds."""
    by_hash = {norm_hash(norm): norm for norm in norms}
    if not by_hash:
        return frozenset()
    newest = chosen.newest(article.c.id, article.c.at).subquery()
    found = await connection.execute(
        select(keyphrase.c.norm_hash)
        .join(newest, newest.c.id == keyphrase.c.article_id)
        .where(_is_one_of(connection, list(by_hash)))
        .distinct()
    )
    return frozenset(by_hash[row.norm_hash] for row in found.all())


async def sum_keyphrases(
    connection: AsyncConnection, chosen: Chosen, *, limit: int
) -> list[KeyphraseRow]:
    """Give the `limit` norms with the largest sum of scores (n articles times mean score).

    The spelling, language and length in words are the most frequent ones; spellings other than
    that are the variants, most frequent first.
    """
    if limit < 1:
        return []
    newest = chosen.newest(
        article.c.id,
        article.c.at,
        article.c.family_id,
        article.c.lang,
        article.c.sentiment,
        article.c.published_at,
    ).subquery()
    held = keyphrase.join(newest, newest.c.id == keyphrase.c.article_id)
    total = func.sum(keyphrase.c.score).label("total")
    best = (
        select(keyphrase.c.norm_hash, total)
        .select_from(held)
        .group_by(keyphrase.c.norm_hash)
        .order_by(func.round(total * TIE).desc(), keyphrase.c.norm_hash)
        .limit(limit)
    )
    order = [row.norm_hash for row in (await connection.execute(best)).all()]
    if not order:
        return []
    rows = await connection.execute(
        select(
            keyphrase.c.norm_hash,
            keyphrase.c.norm,
            keyphrase.c.phrase,
            keyphrase.c.ngram,
            keyphrase.c.score,
            newest,
        )
        .select_from(held)
        .where(_is_one_of(connection, order))
        .order_by(newest.c.at.desc(), newest.c.id.desc())
    )
    sums: dict[int, _Sum] = {norm_hash: _Sum() for norm_hash in order}
    for row in rows.all():
        sums[row.norm_hash].add(row)
    return [sums[norm_hash].to_row() for norm_hash in order]


def _is_one_of(connection: AsyncConnection, hashes: Sequence[int]) -> ColumnElement[bool]:
    """Give the condition that a keyphrase is one of these.

    The sum hides the column from the key's index, which would be probed once per article and norm,
    or walked from end to end.
    """
    return is_one_of(connection, keyphrase.c.norm_hash + 0, hashes)


@dataclass(slots=True)
class _Sum:
    """One norm while its rows are read, newest first."""

    norm: str = ""
    scores: list[float] = field(default_factory=list)
    sentiments: list[float] = field(default_factory=list)
    families: set[int] = field(default_factory=set)
    spellings: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    examples: list[int] = field(default_factory=list)

    def add(self, row: AnyRow) -> None:
        self.norm = row.norm
        self.scores.append(row.score)
        self.families.add(row.family_id)
        self.spellings[row.phrase, row.lang, row.ngram] += 1
        if row.sentiment is not None:
            self.sentiments.append(row.sentiment)
        if row.published_at is not None and len(self.examples) < N_EXAMPLES:
            self.examples.append(row.id)

    def to_row(self) -> KeyphraseRow:
        n = len(self.scores)
        ranked = [spelling for spelling, _ in self.spellings.most_common()]
        phrase, lang, ngram = ranked[0]
        variants = dict.fromkeys(text for text, _, _ in ranked if text != phrase)
        measured = len(self.sentiments)
        return KeyphraseRow(
            norm=self.norm,
            phrase=phrase,
            lang=lang,
            ngram=ngram,
            n=n,
            n_families=len(self.families),
            score=sum(self.scores) / n,
            sentiment=sum(self.sentiments) / measured if measured else None,
            variants=tuple(variants),
            article_ids=tuple(self.examples),
        )
