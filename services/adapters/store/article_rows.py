"""Articles as rows: what one `NewArticle` becomes in each table, and back."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from sqlalchemy import select

from core.ports.articles import NewArticle
from schemas.articles import Article, Emotion, Keyphrase, TextAnalysis
from services.adapters.store.statements import AnyRow, storable
from services.adapters.store.tables import article, article_body, family, reach, source
from services.adapters.store.terms import ENTITY_PREFIX, pack
from services.adapters.store.times import HOUR_S, from_epoch, to_epoch

EMOTIONS: tuple[Emotion, ...] = get_args(Emotion)

Values = dict[str, object]
"""One row to write: column name to value."""

ARTICLES = (
    select(
        article.c.id,
        article.c.source_id,
        source.c.title.label("source"),
        family.c.name.label("family"),
        article_body.c.url,
        article_body.c.title,
        article_body.c.text,
        article.c.lang,
        article.c.published_at,
        article.c.first_seen_at,
        article.c.at,
        article.c.version,
        article.c.story_id,
        article.c.is_sample,
        article.c.tenant_id,
        article.c.audience,
        article_body.c.minhash,
        reach.c.views,
    )
    .join(article_body, article_body.c.article_id == article.c.id)
    .join(source, source.c.id == article.c.source_id)
    .join(family, family.c.id == article.c.family_id)
    .outerjoin(reach, reach.c.article_id == article.c.id)
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an article stands: its own id, its publisher family, the epoch second it counts at."""

    article_id: int
    family_id: int
    at: int


def article_values(new: NewArticle, place: Place, original_id: int | None) -> Values:
    """Give the row of `article` for a first version."""
    return {
        "id": place.article_id,
        "tenant_id": new.tenant,
        "audience": new.audience,
        "source_id": new.source_id,
        "family_id": place.family_id,
        "story_id": new.story_id,
        "at": place.at,
        "published_at": None if new.published_at is None else to_epoch(new.published_at),
        "first_seen_at": to_epoch(new.first_seen_at),
        "version": 1,
        "duplicate": new.duplicate,
        "original_id": original_id,
        "is_sample": new.is_sample,
        "key": storable(new.key),
        **analysis_values(new.analysis),
    }


def analysis_values(analysis: TextAnalysis) -> Values:
    """Give the columns of `article` that come from the analysis."""
    return {
        "lang": analysis.lang,
        "lang_p": analysis.lang_p,
        "category": analysis.category,
        "sentiment": analysis.sentiment,
        "analyser": analysis.version,
        **{name: analysis.emotions.get(name) for name in EMOTIONS},
    }


def body_values(new: NewArticle, article_id: int) -> Values:
    """Give the row of `article_body`."""
    return {
        "article_id": article_id,
        "content_hash": new.content_hash,
        "guid": None if new.guid is None else storable(new.guid),
        "url": None if new.url is None else storable(new.url),
        "minhash": new.minhash,
        "title_stems": storable(new.title_stems),
        "title": storable(new.title),
        "text_stems": storable(new.text_stems),
        "text": storable(new.text),
    }


def words_of(analysis: TextAnalysis) -> list[str]:
    """Give an article's distinct terms in the analyser's order, entities last and prefixed."""
    words = [storable(word) for word in analysis.terms]
    words.extend(ENTITY_PREFIX + storable(name) for name in analysis.entities)
    return list(dict.fromkeys(words))


def terms_values(article_id: int, words: list[str], ids: Mapping[str, int]) -> Values:
    """Give the row of `article_terms`."""
    return {"article_id": article_id, "term_ids": pack(ids[word] for word in words)}


def mention_values(place: Place, words: list[str], ids: Mapping[str, int]) -> list[Values]:
    """Give the rows of `mention`."""
    hour = place.at // HOUR_S
    return [
        {
            "term_id": ids[word],
            "hour": hour,
            "article_id": place.article_id,
            "family_id": place.family_id,
        }
        for word in words
    ]


def keyphrase_values(article_id: int, keyphrases: tuple[Keyphrase, ...]) -> list[Values]:
    """Give the rows of `keyphrase`; of two phrases with one norm the better one stays."""
    best: dict[str, Keyphrase] = {}
    for phrase in keyphrases:
        norm = storable(phrase.norm)
        if norm not in best or phrase.score > best[norm].score:
            best[norm] = phrase
    return [
        {
            "article_id": article_id,
            "norm_hash": norm_hash(norm),
            "score": phrase.score,
            "ngram": phrase.ngram,
            "norm": norm,
            "phrase": storable(phrase.phrase),
        }
        for norm, phrase in best.items()
    ]


def norm_hash(norm: str) -> int:
    """Give the signed 64-bit number under which a normalised phrase is grouped.

    Two of ten million phrases collide with probability 3e-6.
    """
    digest = hashlib.blake2b(norm.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def to_article(row: AnyRow) -> Article:
    """Give the article of a row of `ARTICLES`."""
    return Article(
        id=row.id,
        source_id=row.source_id,
        source=row.source,
        family=row.family,
        url=row.url,
        title=row.title,
        text=row.text,
        lang=row.lang,
        published_at=None if row.published_at is None else from_epoch(row.published_at),
        first_seen_at=from_epoch(row.first_seen_at),
        at=from_epoch(row.at),
        version=row.version,
        story_id=row.story_id,
        is_sample=row.is_sample,
        views=row.views,
        tenant=row.tenant_id,
        audience=row.audience,
    )
