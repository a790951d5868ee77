"""What the clusterer remembers: the last 72 h with their rare words, copies and stories."""

import math
from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import islice

from core.ports.articles import RecentArticle
from core.stories.common_words import common_stems
from core.stories.features import TITLE_BOOST, Features, features_of
from core.text.neardup import NearDuplicateIndex, from_bytes

MEMORY = timedelta(hours=72)
"""How far back an article looks for its story."""

LOOK_AHEAD = timedelta(hours=24)
"""An article that arrives late may join a story that began up to this much after it."""

_PRIOR_ARTICLES = 1000
_COMMON_SHARE = 0.02
"""Before the window can tell, a common news word is taken to stand in 2 % of 1,000 articles."""

_MAX_POSTINGS = 400
"""A word held by more recent articles than this proposes no candidates."""

_MAX_PROPOSERS = 24
_MAX_VISITED = 4000


@dataclass(slots=True, eq=False)
class Story:
    """A story with its remembered members by time; `id` is None until it is stored."""

    id: int | None
    members: list["Entry"] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Entry:
    """One remembered article; `id` is None until it is stored, `slot` counts up."""

    slot: int
    id: int | None
    story: Story
    source_id: int
    at: datetime
    features: Features
    content_hash: str


class RecentStories:
    """Articles of the last 72 h before the newest one, found by words they share or copy.

    The content after any sequence of `add` and `advance` depends only on which articles were added
    and on the latest moment, so a memory reloaded from the store equals the one that was lost.
    """

    def __init__(self) -> None:
        self._entries: dict[int, Entry] = {}
        self._by_id: dict[int, Entry] = {}
        self._queue: list[tuple[datetime, int]] = []
        self._postings: dict[str, list[int]] = {}
        self._hashes: dict[str, list[int]] = {}
        self._copies: NearDuplicateIndex[int] = NearDuplicateIndex()
        self._common = common_stems()
        self._next_slot = 0
        self.horizon: datetime | None = None

    def __len__(self) -> int:
        return len(self._entries)

    @classmethod
    def load(cls, rows: Iterable[RecentArticle]) -> "RecentStories":
        """Build the memory from stored rows in clustering order (time, then id)."""
        recent = cls()
        stories: dict[int, Story] = {}
        for row in rows:
            story = stories.setdefault(row.story_id, Story(id=row.story_id))
            recent.settle(recent.add(row, story, features_of(row)), row.id)
        return recent

    def add(self, article: RecentArticle, story: Story, features: Features) -> Entry:
        """Remember an article as a member of a story; the ids in `article` are not read."""
        entry = Entry(
            slot=self._next_slot,
            id=None,
            story=story,
            source_id=article.source_id,
            at=article.at,
            features=features,
            content_hash=article.content_hash,
        )
        self._next_slot += 1
        self._entries[entry.slot] = entry
        heappush(self._queue, (entry.at, entry.slot))
        insort(story.members, entry, key=lambda member: member.at)
        self._hashes.setdefault(entry.content_hash, []).append(entry.slot)
        self._copies.add(entry.slot, from_bytes(article.minhash))
        self._index(entry)
        return entry

    def settle(self, entry: Entry, article_id: int) -> None:
        """Tell a remembered article the id under which it was stored."""
        entry.id = article_id
        if entry.slot in self._entries:
            self._by_id[article_id] = entry

    def revise(self, article_id: int, article: RecentArticle) -> None:
        """Take over the new words of a stored article, if it is remembered; its story stays."""
        entry = self._by_id.get(article_id)
        if entry is None:
            return
        self._unindex(entry)
        self._drop_hash(entry)
        self._copies.discard(entry.slot)
        entry.features = features_of(article)
        entry.content_hash = article.content_hash
        self._hashes.setdefault(entry.content_hash, []).append(entry.slot)
        self._copies.add(entry.slot, from_bytes(article.minhash))
        self._index(entry)

    def advance(self, moment: datetime) -> None:
        """Forget what lies 72 h and more before `moment`; time never runs back."""
        horizon = moment - MEMORY
        if self.horizon is not None and horizon <= self.horizon:
            return
        self.horizon = horizon
        while self._queue and self._queue[0][0] <= horizon:
            self._forget(self._entries[heappop(self._queue)[1]])

    def weigh(self, term: str, beside: "RecentStories | None" = None) -> float:
        """Give the weight of a term: the logarithm of how rare it is, over 0.

        With a memory `beside` this one, articles of both count.
        """
        slots = self._postings.get(term)
        n_holding = len(slots) + 1.0 if slots else 1.0
        n_articles = len(self._entries)
        if beside is not None:
            n_holding += len(beside._postings.get(term, ()))
            n_articles += len(beside)
        if term in self._common:
            n_holding += _COMMON_SHARE * _PRIOR_ARTICLES
        return math.log((n_articles + _PRIOR_ARTICLES) / n_holding)

    def holds(self, story: Story) -> bool:
        """Say whether a story has members that are remembered here."""
        return bool(story.members) and (
            self._entries.get(story.members[0].slot) is story.members[0]
        )

    def members(self, story: Story) -> list[Entry]:
        """Give the remembered members of a story by time."""
        return story.members

    def story_of(self, entry: Entry) -> Story:
        """Give the story of a remembered article."""
        return entry.story

    def stories(self) -> dict[int, Story]:
        """Give every remembered story that is stored, by id."""
        held = (entry.story for entry in self._entries.values())
        return {story.id: story for story in held if story.id is not None}

    def find_same(self, content_hash: str, at: datetime) -> Entry | None:
        """Give the earliest remembered article with exactly these words."""
        slots = self._hashes.get(content_hash, ())
        return _earliest(
            self._entries[slot] for slot in slots if _in_reach(self._entries[slot], at)
        )

    def find_copies(self, minhash: bytes, at: datetime, *, min_jaccard: float) -> list[Entry]:
        """Give the remembered articles that copy nearly these words, earliest first."""
        found = self._copies.query(from_bytes(minhash), min_jaccard)
        entries = [self._entries[slot] for slot, _ in found]
        return sorted((e for e in entries if _in_reach(e, at)), key=lambda e: (e.at, e.slot))

    def propose(self, features: Features, at: datetime, *, limit: int) -> list[Entry]:
        """Give the articles that share the most rare words, best first: a bounded amount of work.

        Only the 24 rarest words propose, none of those held by more than 400 articles, and at most
        4,000 holdings are looked at.
        """
        held = [term for term in (*features.title, *features.lead) if term in self._postings]
        held.sort(key=lambda term: (len(self._postings[term]), term))
        in_title = frozenset(features.title)
        shares: dict[int, float] = {}
        n_visited = 0
        for term in held[:_MAX_PROPOSERS]:
            slots = self._postings[term]
            n_visited += len(slots)
            if len(slots) > _MAX_POSTINGS or n_visited > _MAX_VISITED:
                break
            weight = self.weigh(term) * (TITLE_BOOST if term in in_title else 1.0)
            for slot in slots:
                shares[slot] = shares.get(slot, 0.0) + weight
        ranked = sorted(shares, key=lambda slot: (-shares[slot], slot))
        entries = (self._entries[slot] for slot in ranked)
        return list(islice((e for e in entries if _in_reach(e, at)), limit))

    def _index(self, entry: Entry) -> None:
        for term in entry.features.terms:
            self._postings.setdefault(term, []).append(entry.slot)

    def _unindex(self, entry: Entry) -> None:
        for term in entry.features.terms:
            slots = self._postings[term]
            slots.remove(entry.slot)
            if not slots:
                del self._postings[term]

    def _drop_hash(self, entry: Entry) -> None:
        slots = self._hashes[entry.content_hash]
        slots.remove(entry.slot)
        if not slots:
            del self._hashes[entry.content_hash]

    def _forget(self, entry: Entry) -> None:
        self._unindex(entry)
        self._drop_hash(entry)
        self._copies.discard(entry.slot)
        entry.story.members.remove(entry)
        if entry.id is not None:
            self._by_id.pop(entry.id, None)
        del self._entries[entry.slot]


def _in_reach(entry: Entry, at: datetime) -> bool:
    return -LOOK_AHEAD <= at - entry.at < MEMORY


def _earliest(entries: Iterable[Entry]) -> Entry | None:
    return min(entries, key=lambda entry: (entry.at, entry.slot), default=None)
