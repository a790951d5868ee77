"""Stories set right when everything is known: strangers leave, stories of one event join."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from heapq import heapify, heappop, heappush, nlargest

from core.stories.attach import needed_likeness
from core.stories.common_words import common_stems
from core.stories.features import TITLE_BOOST, Features
from core.stories.pairs import Query, likeness, make_query

JOIN_FROM = 0.8
"""Mean agreement of two stories' members from which they are one event.

Between 0.7 and 0.9 the figure on English event articles differs by 0.006, and by less than 0.002
with the order in which the articles came.
"""

LEAVE_BELOW = 0.35
"""Mean agreement with the others of its story below which a member founds its own."""

NEAR_FROM = 0.4
"""Agreement of two articles that makes their stories neighbours, to be compared as a whole."""

_MIN_SPLIT = 3
_SAMPLE = 8
"""Members that speak for a larger story: spread evenly over its time."""

_PRIOR_ARTICLES = 1000
_COMMON_SHARE = 0.02
_MAX_POSTINGS = 400
_MAX_PROPOSERS = 24
_MAX_CANDIDATES = 24
_REACH = timedelta(hours=72)
_KEPT_QUERIES = 4_000
_KEPT_PAIRS = 100_000


@dataclass(frozen=True, slots=True)
class Placed:
    """An article in the story it was given when it came."""

    features: Features
    at: datetime
    story: int


def repair_stories(articles: Sequence[Placed]) -> list[int]:
    """Give each article's story after a second pass over all of them.

    Words weigh as much as they are rare in the whole. Members unlike the rest of their story leave
    it; then the two stories that agree most on average join, until none agree by `JOIN_FROM`.
    Deterministic; an article is compared with at most 24 others, a story with its neighbours.

    Returns:
        One number per article, in their order; the stories are numbered by first appearance from
        1.
    """
    pass_ = _Pass(articles)
    pass_.split()
    pass_.join()
    numbers: dict[int, int] = {}
    return [numbers.setdefault(story, len(numbers) + 1) for story in pass_.story_of]


class _Pass:
    def __init__(self, articles: Sequence[Placed]) -> None:
        self._articles = articles
        self.story_of = [article.story for article in articles]
        self._members: dict[int, list[int]] = {}
        for place, story in enumerate(self.story_of):
            self._members.setdefault(story, []).append(place)
        self._postings: dict[str, list[int]] = {}
        for place, article in enumerate(articles):
            for term in article.features.terms:
                self._postings.setdefault(term, []).append(place)
        self._common = common_stems()
        self._query = lru_cache(_KEPT_QUERIES)(self._make_query)
        self._agreement = lru_cache(_KEPT_PAIRS)(self._compare)

    def split(self) -> None:
        """Let members leave that have little in common with the rest of their story."""
        next_story = max(self._members, default=0) + 1
        for story, places in list(self._members.items()):
            if len(places) < _MIN_SPLIT:
                continue
            voices = _spread(places)
            strangers = [
                place
                for place in places
                if self._mean([place], [v for v in voices if v != place]) < LEAVE_BELOW
            ]
            for place in strangers:
                self._members[story].remove(place)
                self._members[next_story] = [place]
                self.story_of[place] = next_story
                next_story += 1
            if not self._members[story]:
                del self._members[story]

    def join(self) -> None:
        """Join the two stories that agree most, again and again."""
        near = self._neighbours()
        heap = [
            (-agreement, one, other)
            for one, others in near.items()
            for other in others
            if one < other and (agreement := self._agree(one, other)) >= JOIN_FROM
        ]
        heapify(heap)
        ages = Counter[int]()
        known = {(one, other): (0, 0) for _, one, other in heap}
        while heap:
            _, one, other = heappop(heap)
            is_old = one not in self._members or other not in self._members
            if is_old or known[one, other] != (ages[one], ages[other]):
                continue
            self._merge(one, other)
            ages[one] += 1
            near[one] = (near[one] | near.pop(other)) - {one, other}
            for third in sorted(near[one]):
                near[third].discard(other)
                near[third].add(one)
                agreement = self._agree(one, third)
                if agreement >= JOIN_FROM:
                    pair = (min(one, third), max(one, third))
                    known[pair] = (ages[pair[0]], ages[pair[1]])
                    heappush(heap, (-agreement, *pair))

    def _merge(self, one: int, other: int) -> None:
        for place in self._members[other]:
            self.story_of[place] = one
        self._members[one] = sorted(self._members[one] + self._members.pop(other))

    def _neighbours(self) -> dict[int, set[int]]:
        near: dict[int, set[int]] = {story: set() for story in self._members}
        for place, story in enumerate(self.story_of):
            for other in self._propose(place):
                is_apart = self.story_of[other] != story
                if is_apart and self._mean([place], [other]) >= NEAR_FROM:
                    near[story].add(self.story_of[other])
                    near[self.story_of[other]].add(story)
        return near

    def _propose(self, place: int) -> list[int]:
        features, at = self._articles[place].features, self._articles[place].at
        in_title = frozenset(features.title)
        held = sorted(features.terms, key=lambda term: (len(self._postings[term]), term))
        shares: dict[int, float] = {}
        for term in held[:_MAX_PROPOSERS]:
            places = self._postings[term]
            if len(places) > _MAX_POSTINGS:
                break
            weight = self._weigh(term) * (TITLE_BOOST if term in in_title else 1.0)
            for other in places:
                if other != place and abs(self._articles[other].at - at) < _REACH:
                    shares[other] = shares.get(other, 0.0) + weight
        return nlargest(_MAX_CANDIDATES, shares, key=lambda other: (shares[other], -other))

    def _agree(self, one: int, other: int) -> float:
        return self._mean(_spread(self._members[one]), _spread(self._members[other]))

    def _mean(self, ones: Sequence[int], others: Sequence[int]) -> float:
        if not ones or not others:
            return 0.0
        pairs = ((min(one, other), max(one, other)) for one in ones for other in others)
        total = sum(self._agreement(*pair) for pair in pairs)
        return total / (len(ones) * len(others))

    def _compare(self, one: int, other: int) -> float:
        mine, theirs = self._articles[one], self._articles[other]
        needed = needed_likeness(mine.features, theirs.features)
        decay = math.exp(-0.5 * (abs(mine.at - theirs.at) / _REACH) ** 2)
        return decay * likeness(self._query(one), theirs.features, self._weigh) / needed

    def _make_query(self, place: int) -> Query:
        return make_query(self._articles[place].features, self._weigh)

    def _weigh(self, term: str) -> float:
        n_holding = len(self._postings[term]) + 1.0
        if term in self._common:
            n_holding += _COMMON_SHARE * _PRIOR_ARTICLES
        return math.log((len(self._articles) + _PRIOR_ARTICLES) / n_holding)


def _spread(places: Sequence[int]) -> Sequence[int]:
    """Take at most eight of a story's members, the first and the last among them."""
    if len(places) <= _SAMPLE:
        return places
    return [places[n * (len(places) - 1) // (_SAMPLE - 1)] for n in range(_SAMPLE)]
