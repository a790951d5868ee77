"""Articles that go, with everything that hangs on them."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.adapters.store import revisions
from services.adapters.store.statements import AnyRow, chunks
from services.adapters.store.tables import article, revision, source_gap, story
from services.adapters.store.terms import TermIds


async def purge_articles(
    connection: AsyncConnection,
    terms: TermIds,
    *,
    before: int | None,
    sample_only: bool,
    limit: int,
) -> list[int]:
    """Delete at most `limit` articles before an epoch second, oldest first; gives their ids.

    Missed hours before it go too; a publisher and a source stay.
    """
    old = select(article.c.id, article.c.story_id).order_by(article.c.at, article.c.id)
    if before is not None:
        old = old.where(article.c.at < before)
    if sample_only:
        old = old.where(article.c.is_sample.is_(True))
    if before is not None and not sample_only:
        await connection.execute(delete(source_gap).where(source_gap.c.end_at < before))
    rows = (await connection.execute(old.limit(limit))).all()
    return await delete_articles(connection, terms, rows)


async def delete_articles(
    connection: AsyncConnection, terms: TermIds, rows: Sequence[AnyRow]
) -> list[int]:
    """Delete the articles of rows of (id, story id) with all that hangs on them; gives their ids.

    Bodies, packed terms, keyphrases and views go by foreign key, mentions by their own key.
    Stories and terms that nothing holds any more go in the same step.
    """
    ids = [row.id for row in rows]
    if not ids:
        return []
    held = await revisions.forget_words(connection, ids)
    for part in chunks(ids):
        await connection.execute(
            delete(revision).where(revision.c.kind == revisions.KIND, revision.c.ref.in_(part))
        )
        await connection.execute(delete(article).where(article.c.id.in_(part)))
    await _drop_empty_stories(connection, sorted({row.story_id for row in rows}))
    if await revisions.drop_unused_terms(connection, held):
        terms.deleted()
    return ids


async def _drop_empty_stories(connection: AsyncConnection, story_ids: Sequence[int]) -> None:
    for part in chunks(story_ids):
        member = select(article.c.id).where(article.c.story_id == story.c.id)
        await connection.execute(delete(story).where(story.c.id.in_(part), ~member.exists()))
