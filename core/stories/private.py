"""What the clusterer remembers for a closed audience: the public news and its own beside it."""

from collections.abc import Iterable
from datetime import datetime

from core.ports.articles import RecentArticle
from core.stories.features import Features
from core.stories.recent import Entry, RecentStories, Story


class PrivateStories:
    """A memory over two others: the public one, which is only read, and that of one audience.

    An article of the audience may join a public story or copy a public article; nothing that is
    public ever looks in here. A public story that such an article joined goes on here under its
    id, with the public members and the audience's own, while the public memory knows its own
    members alone.
    """

    def __init__(self, public: RecentStories) -> None:
        self.public = public
        self.own = RecentStories()
        self._extended: dict[Story, Story] = {}
        self._extends: dict[Story, Story] = {}

    @classmethod
    def load(cls, public: RecentStories, rows: Iterable[RecentArticle]) -> "PrivateStories":
        """Build the memory from an audience's own stored rows in clustering order."""
        private = cls(public)
        private.own = RecentStories.load(rows)
        known = public.stories()
        for story_id, story in private.own.stories().items():
            if story_id in known:
                private._extend(known[story_id], story)
        return private

    def __len__(self) -> int:
        return len(self.public) + len(self.own)

    def add(self, article: RecentArticle, story: Story, features: Features) -> Entry:
        """Remember an article of the audience as a member of a story, public or its own."""
        if self.public.holds(story):
            story = self._extend(story, Story(id=story.id))
        return self.own.add(article, story, features)

    def settle(self, entry: Entry, article_id: int) -> None:
        """Tell a remembered article the id under which it was stored."""
        self.own.settle(entry, article_id)

    def revise(self, article_id: int, article: RecentArticle) -> None:
        """Take over the new words of a stored article of the audience."""
        self.own.revise(article_id, article)

    def advance(self, moment: datetime) -> None:
        """Forget what is the audience's own and lies 72 h and more before `moment`."""
        self.own.advance(moment)

    def is_past(self, moment: datetime) -> bool:
        """Say whether the audience's own articles of that time may be forgotten already."""
        return self.own.horizon is not None and moment <= self.own.horizon

    def weigh(self, term: str) -> float:
        """Give the weight of a term among all articles that the audience may see."""
        return self.public.weigh(term, beside=self.own)

    def find_same(self, content_hash: str, at: datetime) -> Entry | None:
        """Give the earliest article with exactly these words, of equal ones the public one."""
        found = (memory.find_same(content_hash, at) for memory in (self.public, self.own))
        return min((e for e in found if e is not None), key=lambda e: e.at, default=None)

    def find_copies(self, minhash: bytes, at: datetime, *, min_jaccard: float) -> list[Entry]:
        """Give the articles that copy nearly these words, earliest first."""
        found = self.public.find_copies(minhash, at, min_jaccard=min_jaccard)
        found += self.own.find_copies(minhash, at, min_jaccard=min_jaccard)
        return sorted(found, key=lambda entry: entry.at)

    def propose(self, features: Features, at: datetime, *, limit: int) -> list[Entry]:
        """Give the articles that share the most rare words: the best of both memories."""
        found = self.public.propose(features, at, limit=limit)
        return found + self.own.propose(features, at, limit=limit)

    def members(self, story: Story) -> list[Entry]:
        """Give the members of a story by time, public ones included."""
        public = self._extends.get(story)
        if public is None:
            return story.members
        return sorted(public.members + story.members, key=lambda member: member.at)

    def story_of(self, entry: Entry) -> Story:
        """Give the story of an article as this audience knows it."""
        return self._extended.get(entry.story, entry.story)

    def _extend(self, public: Story, own: Story) -> Story:
        self._extended[public] = own
        self._extends[own] = public
        return own
