"""Which story an article joins: copies first, then the founding and nearest members on average."""

import math
from dataclasses import dataclass
from datetime import timedelta
from heapq import nlargest

from core.ports.articles import RecentArticle
from core.stories.features import Features, features_of
from core.stories.pairs import Query, differ_by_template, likeness, make_query
from core.stories.private import PrivateStories
from core.stories.recent import Entry, RecentStories, Story
from schemas.articles import Duplicate

NEAR_COPY = 0.8
"""Estimated Jaccard of character shingles from which a text is a syndicated copy."""

MIN_LIKENESS_SHORT = 0.25
MIN_LIKENESS_LONG = 0.16
"""Likeness needed to join, for texts of 12 and of 100 compared words; linear in between."""

_SHORT, _LONG = 12, 100
_SIGMA_H = 72.0
_NEAREST = 3
_MAX_CANDIDATES = 24
_SAME_SOURCE = timedelta(minutes=10)
_SAME_SOURCE_EXTRA = 0.15
"""One source that writes twice within ten minutes likely follows a template."""

_COLUMN = timedelta(hours=6)
"""One source that uses a title again after so long writes a column ("Rates this morning")."""

_LARGE_STORY = 8
_LARGE_EXTRA = 0.05
"""Each doubling over eight members asks for this much more, so that stories do not chain."""

_MIN_COPY_TERMS = 4
"""Texts with fewer words ("Good morning!") are alike by accident."""


Memory = RecentStories | PrivateStories
"""What may be looked at: for public articles the public memory, else one that reads it too."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an article belongs; `original` is what a copy copies, `story.id` None if new."""

    entry: Entry
    story: Story
    duplicate: Duplicate
    original: Entry | None


def attach(recent: Memory, article: RecentArticle) -> Placement:
    """Find the story of a new article and remember the article in it.

    Copies join the story of their original. Any other article joins the story whose founding and
    nearest three members it resembles enough on average, weighed by how far apart in time they
    are; else it founds one. Deterministic; the work is bounded whatever the window holds. Ids in
    `article` are not read.
    """
    recent.advance(article.at)
    features = features_of(article)
    duplicate, original = _find_original(recent, article, features)
    story = recent.story_of(original) if original else _find_story(recent, article, features)
    if story is None:
        story = Story(id=None)
    entry = recent.add(article, story, features)
    return Placement(entry=entry, story=entry.story, duplicate=duplicate, original=original)


def needed_likeness(one: Features, other: Features) -> float:
    """Give the likeness that joins two articles: more for short ones, alike by accident."""
    size = min(max(min(one.size, other.size), _SHORT), _LONG)
    part = (size - _SHORT) / (_LONG - _SHORT)
    return MIN_LIKENESS_SHORT + part * (MIN_LIKENESS_LONG - MIN_LIKENESS_SHORT)


def _find_original(
    recent: Memory, article: RecentArticle, features: Features
) -> tuple[Duplicate, Entry | None]:
    if features.size < _MIN_COPY_TERMS:
        return "original", None
    same = recent.find_same(article.content_hash, article.at)
    if same:
        return "exact", same
    for copy in recent.find_copies(article.minhash, article.at, min_jaccard=NEAR_COPY):
        if not _says_other_figures(article, features, copy):
            return "near", copy
    return "original", None


def _says_other_figures(article: RecentArticle, features: Features, copy: Entry) -> bool:
    """A text alike but for its numbers or names is a template, not a copy."""
    if copy.source_id == article.source_id and copy.features.figures != features.figures:
        return True
    return copy.features.numbers != features.numbers or differ_by_template(features, copy.features)


def _find_story(recent: Memory, article: RecentArticle, features: Features) -> Story | None:
    query = make_query(features, recent.weigh)
    candidates = recent.propose(features, article.at, limit=_MAX_CANDIDATES)
    agreements = {e: _agreement(recent, query, e, article) for e in candidates}
    best: Story | None = None
    best_margin = 0.0
    for story in dict.fromkeys(recent.story_of(entry) for entry in candidates):
        members = recent.members(story)
        founding, *others = members
        near = [member for member in others if member in agreements]
        if len(near) < _NEAREST:  # silence is no consent: the latest members speak too
            near += [member for member in others[-_NEAREST:] if member not in near]
        for member in (founding, *near):
            if member not in agreements:
                agreements[member] = _agreement(recent, query, member, article)
        nearest = nlargest(_NEAREST, (agreements[member] for member in near))
        voices = [agreements[founding], *nearest]
        margin = sum(voices) / len(voices) - _needed_agreement(len(members))
        if margin >= 0 and (best is None or margin > best_margin):
            best, best_margin = story, margin
    return best


def _agreement(recent: Memory, query: Query, entry: Entry, article: RecentArticle) -> float:
    """Likeness as a multiple of what is needed, less with distance in time."""
    needed = needed_likeness(query.features, entry.features)
    apart = abs(article.at - entry.at)
    if entry.source_id == article.source_id:
        if apart >= _COLUMN and entry.features.title == query.features.title:
            return 0.0
        if apart < _SAME_SOURCE:
            needed += _SAME_SOURCE_EXTRA
    apart_h = apart / timedelta(hours=1)
    decay = math.exp(-0.5 * (apart_h / _SIGMA_H) ** 2)
    return decay * likeness(query, entry.features, recent.weigh) / needed


def _needed_agreement(n_members: int) -> float:
    return 1.0 + _LARGE_EXTRA * max(0.0, math.log2(n_members / _LARGE_STORY))
