"""A `Selection` as conditions on the article table."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Select,
    and_,
    bindparam,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from core.ports.windows import Selection, TermGroup
from services.adapters.store.statements import AnySelect, is_among, visible_rows
from services.adapters.store.tables import article, article_body, mention
from services.adapters.store.terms import TermIds
from services.adapters.store.times import HOUR_S, to_epoch

MAX_GROUPS = 64
"""Query terms that are looked up; a longer query is a pasted text whose first words decide."""

Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The articles of a selection: what they must fulfil, and how many of the newest count."""

    condition: Condition
    cap: int

    def newest(self, *columns: ColumnElement[object]) -> AnySelect:
        """Give a query of these columns of `article`, newest first, at most `cap` rows."""
        return (
            select(*columns)
            .where(self.condition)
            .order_by(article.c.at.desc(), article.c.id.desc())
            .limit(self.cap)
        )


async def choose(connection: AsyncConnection, terms: TermIds, selection: Selection) -> Chosen:
    """Turn a selection into conditions; term ids and IDF weights are looked up here.

    IDF is counted over the window itself: articles that are visible, in time and pass the language
    and source filters. `idf = ln(1 + N / df)`, a group that nobody holds counts as held once.
    """
    window = _window(selection)
    groups = selection.terms[:MAX_GROUPS]
    ids = await terms.find({w for group in (*groups, *selection.excluded) for w in group.stems})
    held = [sorted(ids[stem] for stem in group.stems if stem in ids) for group in groups]
    parts = [window]
    if groups and selection.min_weight > 0:
        parts.append(await _half(connection, selection, window, held))
    elif groups:
        parts.extend(
            article.c.id.in_(_holders(selection, group)) if group else false() for group in held
        )
    parts.extend(_stands(phrase) for phrase in selection.phrases if phrase)
    parts.extend(not_(_stands(phrase)) for phrase in selection.excluded_phrases if phrase)
    unwanted = sorted(
        {ids[stem] for group in selection.excluded for stem in group.stems if stem in ids}
    )
    if unwanted:
        parts.append(article.c.id.not_in(_holders(selection, unwanted)))
    return Chosen(and_(*parts), selection.cap)


def in_any_span(selection: Selection) -> Chosen:
    """Give the articles of a span that comes with the statement, as `span_of` says it.

    For selections that ask for no words: the statement is made once for many spans.
    """
    in_time = article.c.at > bindparam("after"), article.c.at <= bindparam("until")
    return Chosen(and_(*in_time, *_filters(selection)), selection.cap)


def span_of(start: datetime, end: datetime) -> dict[str, int]:
    """Give the values for a statement of `in_any_span`."""
    return {"after": to_epoch(start), "until": to_epoch(end)}


def _window(selection: Selection) -> Condition:
    start, end = to_epoch(selection.start), to_epoch(selection.end)
    return and_(article.c.at > start, article.c.at <= end, *_filters(selection))


def _filters(selection: Selection) -> list[Condition]:
    parts: list[Condition] = [visible_rows(article, selection.visibility)]
    if selection.lang is not None:
        parts.append(article.c.lang == selection.lang)
    if selection.source_ids is not None:
        parts.append(is_among(article.c.source_id, selection.source_ids))
    return parts


def _holders(selection: Selection, term_ids: Sequence[int]) -> Select[tuple[int]]:
    return select(mention.c.article_id).where(
        mention.c.term_id.in_(term_ids),
        mention.c.hour >= to_epoch(selection.start) // HOUR_S,
        mention.c.hour <= to_epoch(selection.end) // HOUR_S,
    )


async def _half(
    connection: AsyncConnection,
    selection: Selection,
    window: Condition,
    held: Sequence[Sequence[int]],
) -> Condition:
    """Give the condition "holds groups that sum to `min_weight` of all groups' weight"."""
    n_all = await _count(connection, window)
    counts = [
        await _count(connection, and_(window, article.c.id.in_(_holders(selection, group))))
        if group
        else 0
        for group in held
    ]
    weights = [math.log1p(n_all / max(df, 1)) for df in counts]
    weighed = [
        _holders(selection, group).distinct().add_columns(literal(weight).label("weight"))
        for group, weight in zip(held, weights, strict=True)
        if group
    ]
    if not weighed:
        return false()
    rows = union_all(*weighed).subquery()
    # A hair below the bound: sums of floats in another order differ in the last digits.
    enough = selection.min_weight * math.fsum(weights) * (1 - 1e-9)
    passing = select(rows.c.article_id).group_by(rows.c.article_id)
    return article.c.id.in_(passing.having(func.sum(rows.c.weight) >= enough))


async def _count(connection: AsyncConnection, condition: Condition) -> int:
    result = await connection.execute(select(func.count()).select_from(article).where(condition))
    return int(result.scalar_one())


def _stands(phrase: Sequence[TermGroup]) -> Condition:
    """Give the condition that the phrase stands in the title or in the text, not across both."""
    if not all(group.stems for group in phrase):
        return false()
    pattern = phrase_pattern(phrase)
    return (
        select(literal(1))
        .where(
            article_body.c.article_id == article.c.id,
            or_(
                article_body.c.title_stems.regexp_match(pattern),
                article_body.c.text_stems.regexp_match(pattern),
            ),
        )
        .exists()
    )


def phrase_pattern(phrase: Sequence[TermGroup]) -> str:
    """Give the regular expression of a phrase over a search copy (stems between single spaces).

    Alternatives of literal words between literal spaces: matching is linear, whatever the words
    are.
    """
    words = ("|".join(re.escape(stem) for stem in sorted(group.stems)) for group in phrase)
    return " " + " ".join(f"(?:{word})" for word in words) + " "
