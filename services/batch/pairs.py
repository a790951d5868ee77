"""The task that says whether two articles tell of one event."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from core.errors import UsageError
from core.stories.analysed import analyse_item, as_recent
from core.stories.features import Features, features_of
from core.stories.headings import Headings, runs_alike
from core.stories.intake import prepare
from core.stories.pairs import likeness, make_query
from core.stories.recent import RecentStories
from core.text.translit import one_spelling
from schemas.articles import RawItem
from services.batch.rows import TEXT, TITLE, URL, Fields, Row, first_text

_AT = datetime(2000, 1, 1, tzinfo=UTC)
_HEADING_SHARE = 0.3
_FULL_FROM = 0.25
_HEADINGS_FROM = 0.14
"""Likeness from which two are one event: with texts, and by their headings alone.

The middles of the ranges in which the figure on pairs of whole articles hardly changes.
"""

_STEEPNESS = 10.0
"""Fitted on pairs of whole articles: how fast likeness becomes certainty."""


@dataclass(frozen=True, slots=True)
class _Side:
    title: str
    text: str


class Pairs:
    """Compares pairs of articles; learns from the rows which words of headings are rare."""

    def __init__(self) -> None:
        self._headings = Headings()
        self._recent = RecentStories()

    def answer(self, row: Row) -> Fields:
        """Say whether `first` and `second` are one event, and how likely that is."""
        one, other = _side(row, "first"), _side(row, "second")
        lang = row.first(("lang",)) or None
        if one.text and other.text:
            found, needed = self._whole(one, other, lang), _FULL_FROM
        else:
            found = self._headings.likeness(one.title or one.text, other.title or other.text)
            needed = _HEADINGS_FROM
        p = 1 / (1 + math.exp(-_STEEPNESS * (found - needed)))
        return {"same_story": found >= needed, "p": round(p, 4)}

    def _whole(self, one: _Side, other: _Side, lang: str | None) -> float:
        mine, theirs = _features(one, lang), _features(other, lang)
        words = likeness(make_query(mine, self._recent.weigh), theirs, self._recent.weigh)
        runs = runs_alike(one_spelling(one.title), one_spelling(other.title))
        return (1 - _HEADING_SHARE) * words + _HEADING_SHARE * runs


def _side(row: Row, name: str) -> _Side:
    """Take one article of a pair: an object, a heading, or what its address says."""
    value = row.fields.get(name)
    if isinstance(value, Mapping):
        side = _Side(first_text(value, TITLE), first_text(value, TEXT))
        url = first_text(value, URL)
    else:
        heading = (name, f"{name}_title", f"{name}_slug")
        side = _Side(row.first(heading), row.first((f"{name}_text",)))
        url = row.first((f"{name}_url",))
    if side.title or side.text:
        return side
    if url:
        return _Side(_slug(url), "")
    raise UsageError(f"nothing to compare: no title and no text in {name!r}", field="row")


def _slug(url: str) -> str:
    """Give the words in the path of an address, its longest part."""
    try:
        parts = unquote(urlsplit(url).path).split("/")
    except ValueError as error:
        raise UsageError(f"not an address: {url!r}", field="row") from error
    longest = max(parts, key=lambda part: sum(char.isalpha() for char in part))
    return re.sub(r"\.\w{2,5}$|[\W_\d]+", " ", longest).strip()


def _features(side: _Side, lang: str | None) -> Features:
    item = RawItem(source="input", title=side.title, text=side.text, lang=lang)
    analysed = analyse_item(prepare(item, order=0, now=_AT))
    return features_of(as_recent(analysed, source_id=0, family="input"))
