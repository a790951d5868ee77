"""News items on their way in, and what is known of each one."""

from datetime import datetime
from typing import Literal

from schemas.base import Frozen
from schemas.principal import PUBLIC, SHARED_TENANT

Emotion = Literal["joy", "fear", "anger", "sadness", "surprise"]
Category = Literal[
    "society",
    "economy",
    "technology",
    "sports",
    "entertainment",
    "science",
    "other",
    "not_news",
]
Duplicate = Literal["original", "exact", "near"]
"""`exact`: the same words again; `near`: a copy with small edits (MinHash Jaccard >= 0.8)."""


class RawItem(Frozen):
    """One item as a source gave it: decoded, otherwise verbatim.

    `published_at` is aware UTC or None when the source gave no credible date. `lang` is what the
    source claims: a prior, not the truth. `title` may be empty; ingestion then takes the first
    sentence. `views`: how often it was seen, where the source tells.
    """

    source: str
    guid: str | None = None
    url: str | None = None
    title: str = ""
    text: str = ""
    lang: str | None = None
    published_at: datetime | None = None
    views: int | None = None
    is_sample: bool = False


class Keyphrase(Frozen):
    """A phrase that says what one text is about; `score` 0..1, larger is better."""

    phrase: str
    norm: str
    score: float
    ngram: int


class TextAnalysis(Frozen):
    """What one text says, computed once when it is stored.

    `sentiment` is -1..1, None when the language is not measured; `emotions` then is empty, else
    all five, each 0..1. `terms` are the distinct stems that make the text findable (stop words
    out), `entities` normalised names (a subset of what a reader would capitalise). `version` names
    the analysers.
    """

    version: str
    lang: str
    lang_p: float
    sentiment: float | None
    emotions: dict[Emotion, float]
    category: Category
    keyphrases: tuple[Keyphrase, ...]
    terms: tuple[str, ...]
    entities: tuple[str, ...]


class Source(Frozen):
    """A feed or channel.

    `family` groups the sources of one publisher (its own id when unmapped).
    """

    id: int
    title: str
    domain: str | None
    publisher: str
    family: str
    kind: str
    tenant: str = SHARED_TENANT
    audience: str = PUBLIC


class Article(Frozen):
    """A stored item, verbatim. `at` is min(published, first seen): the time it counts at."""

    id: int
    source_id: int
    source: str
    family: str
    url: str | None
    title: str
    text: str
    lang: str
    published_at: datetime | None
    first_seen_at: datetime
    at: datetime
    version: int
    story_id: int | None
    is_sample: bool
    views: int | None = None
    tenant: str = SHARED_TENANT
    audience: str = PUBLIC


class ImportSummary(Frozen):
    """What one import did; the counts other than `read` add up to `read`.

    `new` includes near-duplicates (each is an article of its own); `duplicate` items carried words
    that were stored already under the same key; `near` counts, among the new ones, syndicated
    copies; `feeds` are addresses of feeds that an imported list named.
    """

    read: int
    new: int
    revised: int
    duplicate: int
    refused: int
    near: int
    feeds: int = 0
    problems: tuple[str, ...] = ()
    elapsed_s: float = 0.0
