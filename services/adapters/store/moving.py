"""Everything that one audience owns, given to another."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.ports.outbox import OutboxRow
from services.adapters.store import retention
from services.adapters.store.outbox import SqlOutbox
from services.adapters.store.poll_rows import titles_for
from services.adapters.store.revisions import KIND
from services.adapters.store.sources import free_title
from services.adapters.store.statements import AnyRow, chunks
from services.adapters.store.tables import article, poll, revision, source, story
from services.adapters.store.terms import TermIds


async def move_audience(
    connection: AsyncConnection, terms: TermIds, old: str, new: str, *, at: datetime
) -> int:
    """Move sources, their articles, stories and gaps; gives how many sources moved.

    Of two sources with one address the one that the new audience has remains, with the articles
    of both; of two articles with one key there its own. The outbox tells the index of all, as of
    `at`.
    """
    if old == new:
        return 0
    sources = (
        await connection.execute(
            select(source).where(source.c.audience == old).order_by(source.c.id)
        )
    ).all()
    gone: list[int] = []
    for row in sources:
        twin_id = await _twin(connection, row, new)
        if twin_id is None:
            await _take_over(connection, row, new)
        else:
            gone += await _merge(connection, terms, row.id, twin_id)
    moved = await _move_articles(connection, old, new)
    rows = [OutboxRow(KIND, article_id, 0, "delete") for article_id in gone]
    rows += [OutboxRow(KIND, article_id, version, "upsert") for article_id, version in moved]
    await SqlOutbox(connection).append(rows, at=at)
    return len(sources)


async def _twin(connection: AsyncConnection, row: AnyRow, audience: str) -> int | None:
    if row.url_hash is None:
        return None
    result = await connection.execute(
        select(source.c.id).where(
            source.c.url_hash == row.url_hash,
            source.c.tenant_id == row.tenant_id,
            source.c.audience == audience,
        )
    )
    return result.scalar()


async def _take_over(connection: AsyncConnection, row: AnyRow, audience: str) -> None:
    title = await free_title(
        connection, titles_for(row.title, row.domain), tenant=row.tenant_id, audience=audience
    )
    await connection.execute(
        update(source).where(source.c.id == row.id).values(audience=audience, title=title)
    )


async def _merge(
    connection: AsyncConnection, terms: TermIds, source_id: int, twin_id: int
) -> list[int]:
    """Give a source's articles to its twin and drop it; gives the articles that went."""
    kept = select(article.c.key).where(article.c.source_id == twin_id)
    double = await connection.execute(
        select(article.c.id, article.c.story_id).where(
            article.c.source_id == source_id, article.c.key.in_(kept)
        )
    )
    gone = await retention.delete_articles(connection, terms, double.all())
    await connection.execute(
        update(article).where(article.c.source_id == source_id).values(source_id=twin_id)
    )
    polled = select(poll.c.source_id).where(poll.c.source_id == twin_id)
    if (await connection.execute(polled)).first() is None:
        await connection.execute(
            update(poll).where(poll.c.source_id == source_id).values(source_id=twin_id)
        )
    # What is left of it, its gaps included, goes by foreign key.
    await connection.execute(delete(source).where(source.c.id == source_id))
    return gone


async def _move_articles(
    connection: AsyncConnection, old: str, new: str
) -> Sequence[tuple[int, int]]:
    """Give articles, their versions and stories another audience; gives (id, version) of each."""
    result = await connection.execute(
        select(article.c.id, article.c.version)
        .where(article.c.audience == old)
        .order_by(article.c.id)
    )
    moved = [(row.id, row.version) for row in result]
    await connection.execute(update(article).where(article.c.audience == old).values(audience=new))
    await connection.execute(update(story).where(story.c.audience == old).values(audience=new))
    for part in chunks([article_id for article_id, _ in moved]):
        await connection.execute(
            update(revision)
            .where(revision.c.kind == KIND, revision.c.ref.in_(part))
            .values(audience=new)
        )
    return moved
