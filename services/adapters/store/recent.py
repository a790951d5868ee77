"""What the clusterer loads at its start."""

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.ports.articles import RecentArticle
from schemas.principal import Visibility
from services.adapters.store.statements import visible_rows
from services.adapters.store.tables import article, article_body, article_terms, family
from services.adapters.store.terms import ENTITY_PREFIX, TermIds, unpack
from services.adapters.store.times import from_epoch

_RECENT = (
    select(
        article.c.id,
        article.c.story_id,
        article.c.source_id,
        family.c.name.label("family"),
        article.c.at,
        article.c.lang,
        article_body.c.title_stems,
        article_terms.c.term_ids,
        article_body.c.content_hash,
        article_body.c.minhash,
        article.c.tenant_id,
        article.c.audience,
    )
    .join(article_body, article_body.c.article_id == article.c.id)
    .join(article_terms, article_terms.c.article_id == article.c.id)
    .join(family, family.c.id == article.c.family_id)
    .where(article.c.at > bindparam("since"), article.c.at <= bindparam("until"))
    .order_by(article.c.at, article.c.id)
)


async def load_recent(
    connection: AsyncConnection,
    terms: TermIds,
    *,
    between: tuple[int, int],
    visibility: Visibility | None,
) -> list[RecentArticle]:
    """Give articles between two epoch seconds (first exclusive) in order of (`at`, id).

    `title_terms` are the terms that occur in the title, in its order; `terms` and `entities` keep
    the analyser's order. `visibility` None: of every audience.
    """
    wanted = _RECENT if visibility is None else _RECENT.where(visible_rows(article, visibility))
    found = (await connection.execute(wanted, {"since": between[0], "until": between[1]})).all()
    held = [unpack(row.term_ids).tolist() for row in found]
    words = await terms.words(sorted({term_id for part in held for term_id in part}))
    recent = []
    for row, ids in zip(found, held, strict=True):
        own = [words[term_id] for term_id in ids]
        plain = tuple(word for word in own if not word.startswith(ENTITY_PREFIX))
        known = set(plain)
        recent.append(
            RecentArticle(
                id=row.id,
                story_id=row.story_id,
                source_id=row.source_id,
                family=row.family,
                at=from_epoch(row.at),
                lang=row.lang,
                title_terms=tuple(
                    word for word in dict.fromkeys(row.title_stems.split()) if word in known
                ),
                terms=plain,
                entities=tuple(
                    word[len(ENTITY_PREFIX) :] for word in own if word.startswith(ENTITY_PREFIX)
                ),
                content_hash=row.content_hash,
                minhash=row.minhash,
                tenant=row.tenant_id,
                audience=row.audience,
            )
        )
    return recent
