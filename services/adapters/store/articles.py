"""The store's articles: written in batches, read by id."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Table, bindparam, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import StoreError
from core.ports.articles import IndexRow, KnownArticle, NewArticle, RecentArticle
from schemas.articles import Article, Source
from schemas.principal import Visibility
from services.adapters.store import article_rows as rows
from services.adapters.store import revisions
from services.adapters.store import sources as source_rows
from services.adapters.store.article_rows import ARTICLES, Place, Values
from services.adapters.store.recent import load_recent
from services.adapters.store.statements import (
    chunks,
    is_one_of,
    storable,
    upsert,
    visible_rows,
)
from services.adapters.store.tables import article as article_table
from services.adapters.store.tables import (
    article_body,
    article_terms,
    keyphrase,
    mention,
    reach,
    revision,
    sequence,
    source,
    story,
)
from services.adapters.store.terms import TermIds
from services.adapters.store.times import to_epoch


class SqlArticles:
    """`Articles` inside one transaction."""

    def __init__(self, connection: AsyncConnection, terms: TermIds) -> None:
        self._connection = connection
        self._terms = terms

    async def ensure_sources(self, sources: Sequence[Source]) -> dict[str, Source]:
        """Store sources by title where missing; map title to stored source.

        A stored source keeps its other fields. Titles are unique within a tenant and audience; in
        one call each title stands once.
        """
        return await source_rows.ensure(self._connection, sources)

    async def find_sources(self, visibility: Visibility, text: str | None) -> list[Source]:
        """Give visible sources that match `text`, equal ones before those that contain it."""
        return await source_rows.find(self._connection, visibility, text)

    async def find_known(
        self, source_ids: Sequence[int], keys: Sequence[str]
    ) -> dict[tuple[int, str], KnownArticle]:
        """Give the stored articles under these (source id, key) pairs."""
        asked = {(n, storable(key)): (n, key) for n, key in zip(source_ids, keys, strict=True)}
        known = {}
        for part in chunks(list(asked)):
            found = await self._connection.execute(
                select(
                    article_table.c.source_id,
                    article_table.c.key,
                    article_table.c.id,
                    article_table.c.version,
                    article_table.c.story_id,
                    article_body.c.content_hash,
                )
                .join(article_body, article_body.c.article_id == article_table.c.id)
                .where(tuple_(article_table.c.source_id, article_table.c.key).in_(part))
            )
            rows = found.all()
            past = await revisions.past_hashes(self._connection, [row.id for row in rows])
            for row in rows:
                known[asked[row.source_id, row.key]] = KnownArticle(
                    id=row.id,
                    version=row.version,
                    content_hash=row.content_hash,
                    story_id=row.story_id,
                    past_hashes=past.get(row.id, frozenset()),
                )
        return known

    async def add(self, articles: Sequence[NewArticle]) -> list[int]:
        """Store articles as version 1 with all that was computed; ids in the same order.

        Raises:
            StoreError: If a source is unknown or somebody else's, `original_index` points forward,
                or a key is stored already; the transaction ends with it.
        """
        if not articles:
            return []
        families = await self._families(articles)
        first = await self._reserve("article", len(articles))
        copied = await self._families_of_articles(
            {new.original_id for new in articles if new.original_id is not None}
        )
        places: list[Place] = []
        for n, new in enumerate(articles):
            # A syndicated copy speaks with its original's voice: it is no further publisher.
            family_id = families[new.source_id]
            if new.original_index is not None and new.original_index < n:
                family_id = places[new.original_index].family_id
            elif new.original_id is not None:
                family_id = copied.get(new.original_id, family_id)
            places.append(Place(first + n, family_id, _counts_at(new)))
        await self._found_stories(articles, places)
        await self._insert(
            article_table,
            [
                rows.article_values(new, place, _original(new, n, first))
                for n, (new, place) in enumerate(zip(articles, places, strict=True))
            ],
        )
        pairs = list(zip(articles, places, strict=True))
        await self._write_words(pairs)
        await self._insert(
            article_body, [rows.body_values(new, place.article_id) for new, place in pairs]
        )
        await self._insert(revision, [revisions.first(new, place) for new, place in pairs])
        return [place.article_id for place in places]

    async def revise(self, article_id: int, article: NewArticle) -> int:
        """Store a new version; id, key, story, source, dates and the judgement of copies stay.

        Raises:
            StoreError: If no article has this id.
        """
        found = await self._connection.execute(
            ARTICLES.add_columns(article_table.c.family_id, article_body.c.content_hash).where(
                article_table.c.id == article_id
            )
        )
        old = found.one_or_none()
        if old is None:
            raise StoreError(f"no article has the id {article_id!r}, so it cannot be revised")
        place = Place(article_id, old.family_id, old.at)
        version = old.version + 1
        await revisions.replace(
            self._connection,
            rows.to_article(old),
            article,
            version,
            to_epoch(article.first_seen_at),
        )
        await self._connection.execute(
            update(article_table)
            .where(article_table.c.id == article_id)
            .values(version=version, **rows.analysis_values(article.analysis))
        )
        body = rows.body_values(article, article_id)
        await self._connection.execute(
            update(article_body).where(article_body.c.article_id == article_id).values(body)
        )
        await revisions.forget_words(self._connection, [article_id])
        await self._write_words([(article, place)])
        return int(version)

    async def next_story_id(self, n: int) -> int:
        """Reserve `n` story ids (at least 1); gives the first. Ids are never reused."""
        return await self._reserve("story", n)

    async def load_recent(
        self, since: datetime, until: datetime, *, visibility: Visibility | None = None
    ) -> list[RecentArticle]:
        """Give articles, `since` < `at` <= `until`, ordered by (`at`, id)."""
        return await load_recent(
            self._connection,
            self._terms,
            between=(to_epoch(since), to_epoch(until)),
            visibility=visibility,
        )

    async def saw(self, views: Mapping[int, int], *, at: datetime) -> None:
        """Keep how often articles were seen; a figure that is there already costs no write.

        Raises:
            StoreError: If no article has one of these ids.
        """
        if not views:
            return
        insert = upsert(self._connection, reach)
        await self._connection.execute(
            insert.on_conflict_do_update(
                index_elements=["article_id"],
                set_={"views": insert.excluded.views, "at": insert.excluded.at},
                where=reach.c.views != insert.excluded.views,
            ),
            [
                {"article_id": article_id, "views": n, "at": to_epoch(at)}
                for article_id, n in sorted(views.items())
            ],
        )

    async def get(self, visibility: Visibility, ids: Sequence[int]) -> list[Article]:
        """Give visible articles in the order asked; missing ids are left out."""
        found: dict[int, Article] = {}
        for part in chunks(list(dict.fromkeys(ids))):
            result = await self._connection.execute(
                ARTICLES.where(
                    is_one_of(self._connection, article_table.c.id, part),
                    visible_rows(article_table, visibility),
                )
            )
            found.update({row.id: rows.to_article(row) for row in result.all()})
        return [found[wanted] for wanted in ids if wanted in found]

    async def scan(self, visibility: Visibility, *, after_id: int, limit: int) -> list[IndexRow]:
        """Give visible articles by ascending id."""
        result = await self._connection.execute(
            ARTICLES.where(article_table.c.id > after_id, visible_rows(article_table, visibility))
            .order_by(article_table.c.id)
            .limit(limit)
        )
        return [IndexRow(article=rows.to_article(row), minhash=row.minhash) for row in result]

    async def _families(self, articles: Sequence[NewArticle]) -> dict[int, int]:
        """Give the family of every source; an article belongs to whom its source belongs to."""
        ids = sorted({new.source_id for new in articles})
        result = await self._connection.execute(_SOURCE_FAMILIES, {"ids": ids})
        found = {row.id: row for row in result}
        for new in articles:
            row = found.get(new.source_id)
            if row is None:
                raise StoreError(
                    f"no source has the id {new.source_id!r}; call ensure_sources first"
                )
            if (row.tenant_id, row.audience) != (new.tenant, new.audience):
                raise StoreError(
                    f"source {new.source_id!r} belongs to {row.audience!r} of {row.tenant_id!r}, "
                    f"so no article of {new.audience!r} of {new.tenant!r} can come from it"
                )
        return {source_id: row.family_id for source_id, row in found.items()}

    async def _families_of_articles(self, ids: set[int]) -> dict[int, int]:
        found: dict[int, int] = {}
        for part in chunks(sorted(ids)):
            result = await self._connection.execute(
                select(article_table.c.id, article_table.c.family_id).where(
                    article_table.c.id.in_(part)
                )
            )
            found.update({row.id: row.family_id for row in result})
        return found

    async def _reserve(self, name: str, n: int) -> int:
        if n < 1:
            raise ValueError(f"at least one id must be reserved, got {n!r}")
        insert = upsert(self._connection, sequence).values(name=name, value=n)
        result = await self._connection.execute(
            insert.on_conflict_do_update(
                index_elements=["name"], set_={"value": sequence.c.value + n}
            ).returning(sequence.c.value)
        )
        return int(result.scalar_one()) - n + 1

    async def _found_stories(
        self, articles: Sequence[NewArticle], places: Sequence[Place]
    ) -> None:
        founded: dict[int, Values] = {}
        for new, place in zip(articles, places, strict=True):
            founded.setdefault(
                new.story_id,
                {
                    "id": new.story_id,
                    "tenant_id": new.tenant,
                    "audience": new.audience,
                    "founder_id": place.article_id,
                },
            )
        insert = upsert(self._connection, story).on_conflict_do_nothing()
        await self._connection.execute(insert, list(founded.values()))

    async def _write_words(self, pairs: Sequence[tuple[NewArticle, Place]]) -> None:
        words = [rows.words_of(new.analysis) for new, _ in pairs]
        ids = await self._terms.ensure(list(dict.fromkeys(w for part in words for w in part)))
        packed: list[Values] = []
        mentions: list[Values] = []
        phrases: list[Values] = []
        for (new, place), part in zip(pairs, words, strict=True):
            packed.append(rows.terms_values(place.article_id, part, ids))
            mentions.extend(rows.mention_values(place, part, ids))
            phrases.extend(rows.keyphrase_values(place.article_id, new.analysis.keyphrases))
        mentions.sort(key=lambda row: (row["term_id"], row["hour"]))
        await self._insert(article_terms, packed)
        await self._insert(mention, mentions)
        await self._insert(keyphrase, phrases)

    async def _insert(self, table: Table, values: list[Values]) -> None:
        if values:
            await self._connection.execute(table.insert(), values)


_SOURCE_FAMILIES = select(
    source.c.id, source.c.family_id, source.c.tenant_id, source.c.audience
).where(source.c.id.in_(bindparam("ids", expanding=True)))


def _counts_at(new: NewArticle) -> int:
    seen = to_epoch(new.first_seen_at)
    return seen if new.published_at is None else min(to_epoch(new.published_at), seen)


def _original(new: NewArticle, n: int, first: int) -> int | None:
    if new.original_index is None:
        return new.original_id
    if not 0 <= new.original_index < n:
        raise StoreError(
            f"original_index of article {n} of a batch must point to an earlier one, "
            f"got {new.original_index!r}"
        )
    return first + new.original_index
