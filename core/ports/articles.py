"""Articles, their versions, mentions and stories, as the store keeps them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from schemas.articles import Article, Duplicate, Source, TextAnalysis
from schemas.principal import PUBLIC, SHARED_TENANT, Visibility


@dataclass(frozen=True, slots=True)
class KnownArticle:
    """What ingestion needs to tell a new version from the same again, or from an older one."""

    id: int
    version: int
    content_hash: str
    story_id: int | None
    past_hashes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article ready to be stored, analysed and attached.

    `key` is unique within (tenant, source). `minhash` is the signature as bytes (see
    `core.text.neardup`). `title_stems` and `text_stems` are the search copy: every stem in reading
    order (stop words too), joined by single spaces, with a space at both ends. `original_id`
    points at the stored article that this one copies; `original_index` does the same for a copy
    whose original stands earlier in the same batch.
    """

    key: str
    source_id: int
    guid: str | None
    url: str | None
    title: str
    text: str
    content_hash: str
    title_stems: str
    text_stems: str
    minhash: bytes
    published_at: datetime | None
    first_seen_at: datetime
    analysis: TextAnalysis
    story_id: int
    duplicate: Duplicate = "original"
    original_id: int | None = None
    original_index: int | None = None
    is_sample: bool = False
    tenant: str = SHARED_TENANT
    audience: str = PUBLIC


@dataclass(frozen=True, slots=True)
class RecentArticle:
    """What the clusterer remembers of one article of the last 72 h."""

    id: int
    story_id: int
    source_id: int
    family: str
    at: datetime
    lang: str
    title_terms: tuple[str, ...]
    terms: tuple[str, ...]
    entities: tuple[str, ...]
    content_hash: str
    minhash: bytes
    tenant: str = SHARED_TENANT
    audience: str = PUBLIC


@dataclass(frozen=True, slots=True)
class IndexRow:
    """What the search index needs of one article."""

    article: Article
    minhash: bytes


@dataclass(frozen=True, slots=True)
class StoreCounts:
    """How much is stored.

    `n_real` leaves the sample out; `per_day` is the mean of the last seven days.
    """

    n_articles: int
    n_real: int
    n_real_sources: int
    n_sources: int
    n_stories: int
    oldest_at: datetime | None
    newest_at: datetime | None
    per_day: float
    languages: Mapping[str, int] = field(default_factory=dict)


class Articles(Protocol):
    """Articles and everything that was computed from them when they were stored."""

    async def ensure_sources(self, sources: Sequence[Source]) -> dict[str, Source]:
        """Store sources by title where missing; map title to stored source.

        A source comes in with `id` 0 and goes out with its real id.
        """
        ...

    async def find_sources(self, visibility: Visibility, text: str | None) -> list[Source]:
        """Sources whose title, domain or publisher matches `text`.

        Matching is case-insensitive: equal or contained.
        """
        ...

    async def find_known(
        self, source_ids: Sequence[int], keys: Sequence[str]
    ) -> dict[tuple[int, str], KnownArticle]:
        """Stored articles under these (source id, key) pairs; pairwise lists of equal length."""
        ...

    async def add(self, articles: Sequence[NewArticle]) -> list[int]:
        """Store articles with version 1, analysis, keyphrases and mention rows.

        Gives the new ids in the same order.
        """
        ...

    async def revise(self, article_id: int, article: NewArticle) -> int:
        """Store a new version (words changed under the same key); gives the version.

        The id, the story and `at` stay.
        """
        ...

    async def next_story_id(self, n: int) -> int:
        """Reserve `n` story ids; gives the first. Ids are never reused."""
        ...

    async def load_recent(
        self, since: datetime, until: datetime, *, visibility: Visibility | None = None
    ) -> list[RecentArticle]:
        """Articles with `since` < `at` <= `until`, in clustering order (`at`, id).

        Without `visibility` of every audience.
        """
        ...

    async def saw(self, views: Mapping[int, int], *, at: datetime) -> None:
        """Take down how often articles (by id) were seen as of `at`, the latest figure alone."""
        ...

    async def get(self, visibility: Visibility, ids: Sequence[int]) -> list[Article]:
        """Visible articles by id, in the order asked; missing ids are left out."""
        ...

    async def scan(self, visibility: Visibility, *, after_id: int, limit: int) -> list[IndexRow]:
        """Articles by ascending id, for rebuilding the index."""
        ...
