"""Versions of an article, and the words that a new version replaces."""

import json
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.ports.articles import NewArticle
from schemas.articles import Article
from services.adapters.store.article_rows import Place, Values
from services.adapters.store.statements import chunks, is_one_of, storable
from services.adapters.store.tables import (
    article,
    article_terms,
    keyphrase,
    mention,
    revision,
    term,
)
from services.adapters.store.terms import unpack
from services.adapters.store.times import HOUR_S, to_epoch

KIND = "article"


def first(new: NewArticle, place: Place) -> Values:
    """Give the row of `revision` for a first version."""
    return _row(new, place.article_id, 1, to_epoch(new.first_seen_at))


async def replace(
    connection: AsyncConnection, old: Article, new: NewArticle, version: int, at: int
) -> None:
    """Add a version made at epoch second `at`; the words it replaces stay with their row."""
    body = {"title": old.title, "text": old.text, "url": old.url}
    await connection.execute(
        update(revision)
        .where(revision.c.kind == KIND, revision.c.ref == old.id, revision.c.n == old.version)
        .values(body=json.dumps(body, ensure_ascii=False))
    )
    row = _row(new, old.id, version, at) | {"tenant_id": old.tenant, "audience": old.audience}
    await connection.execute(revision.insert(), [row])


async def past_hashes(
    connection: AsyncConnection, article_ids: Sequence[int]
) -> dict[int, frozenset[str]]:
    """Give the content hashes of every version of articles, the newest included."""
    found: dict[int, set[str]] = defaultdict(set)
    for part in chunks(article_ids):
        rows = await connection.execute(
            select(revision.c.ref, revision.c.hash).where(
                revision.c.kind == KIND, is_one_of(connection, revision.c.ref, part)
            )
        )
        for row in rows:
            found[row.ref].add(row.hash)
    return {ref: frozenset(hashes) for ref, hashes in found.items()}


async def forget_words(connection: AsyncConnection, article_ids: Sequence[int]) -> list[int]:
    """Delete terms, mentions and keyphrases of articles; gives the term ids they held."""
    held: set[int] = set()
    for part in chunks(article_ids):
        result = await connection.execute(_PACKED, {"ids": part})
        keys: list[Values] = []
        for row in result:
            ids = unpack(row.term_ids).tolist()
            held.update(ids)
            keys.extend(
                {"t": term_id, "h": row.at // HOUR_S, "a": row.article_id} for term_id in ids
            )
        if keys:
            keys.sort(key=lambda key: (key["t"], key["h"]))
            await connection.execute(_DELETE_MENTION, keys)
        for table in (keyphrase, article_terms):
            await connection.execute(delete(table).where(table.c.article_id.in_(part)))
    return sorted(held)


async def drop_unused_terms(connection: AsyncConnection, term_ids: Sequence[int]) -> int:
    """Delete those terms that no article mentions any more; gives how many."""
    gone = 0
    for part in chunks(term_ids):
        held = select(mention.c.term_id).where(mention.c.term_id == term.c.id)
        result = await connection.execute(delete(term).where(term.c.id.in_(part), ~held.exists()))
        gone += result.rowcount
    return gone


def _row(new: NewArticle, article_id: int, n: int, at: int) -> Values:
    return {
        "kind": KIND,
        "ref": article_id,
        "n": n,
        "tenant_id": new.tenant,
        "audience": new.audience,
        "hash": storable(new.content_hash),
        "at": at,
    }


_PACKED = (
    select(article_terms.c.article_id, article_terms.c.term_ids, article.c.at)
    .join(article, article.c.id == article_terms.c.article_id)
    .where(article_terms.c.article_id.in_(bindparam("ids", expanding=True)))
)
_DELETE_MENTION = delete(mention).where(
    mention.c.term_id == bindparam("t"),
    mention.c.hour == bindparam("h"),
    mention.c.article_id == bindparam("a"),
)
