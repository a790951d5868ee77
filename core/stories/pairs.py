"""Do two articles tell of one event: likeness in rare words, and a veto for templates."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from core.stories.features import TITLE_BOOST, Features

Weigh = Callable[[str], float]

_MIN_SHARED = 2
"""Two articles with fewer distinct words in common are never one story."""

_TEMPLATE_SHARE = 0.6
"""Titles that share so much and differ in numbers or names alone follow one template."""


_DISJOINT_NAMES = 0.75
"""What is left of the likeness of two articles that both name somebody, but nobody in common."""


@dataclass(frozen=True, slots=True)
class Query:
    """An article to compare with many: its words with squared weights, and their length."""

    features: Features
    weights: dict[str, float]
    norm: float


def make_query(features: Features, weigh: Weigh) -> Query:
    """Weigh the words of an article once, for comparing it with many others."""
    weights = {term: TITLE_BOOST * weigh(term) for term in features.title}
    weights.update((term, weigh(term)) for term in features.lead)
    return Query(features, weights, math.sqrt(sum(w * w for w in weights.values())))


def likeness(query: Query, other: Features, weigh: Weigh) -> float:
    """Give the cosine of two articles' weighted words, title words counting more; 0 under a veto.

    Words weigh as much as they are rare in the window. Range 0..1. Articles with fewer than two
    common words, and articles that follow one template about different things, have nothing in
    common.
    """
    weights = query.weights
    dot = norm = 0.0
    n_shared = 0
    for terms, boost in ((other.title, TITLE_BOOST), (other.lead, 1.0)):
        for term in terms:
            weight = boost * weigh(term)
            norm += weight * weight
            mine = weights.get(term)
            if mine is not None:
                dot += weight * mine
                n_shared += 1
    if n_shared < _MIN_SHARED or dot == 0.0 or differ_by_template(query.features, other):
        return 0.0
    likely = dot / (query.norm * math.sqrt(norm))
    names, others = query.features.names, other.names
    return likely * _DISJOINT_NAMES if names and others and names.isdisjoint(others) else likely


def differ_by_template(one: Features, other: Features) -> bool:
    """Say whether two titles are one template filled in differently.

    They share most of their words, and what each has on its own is a number or a name: "Fire in
    Oakdale injures 3" and "Fire in Milbrook injures 5" are two events.
    """
    mine, theirs = frozenset(one.title), frozenset(other.title)
    only_mine, only_theirs = mine - theirs, theirs - mine
    if not only_mine or not only_theirs:
        return False
    n_shared = len(mine) - len(only_mine)
    if n_shared < _MIN_SHARED or n_shared < _TEMPLATE_SHARE * min(len(mine), len(theirs)):
        return False
    return all(
        term in features.numbers or term in features.names
        for own, features in ((only_mine, one), (only_theirs, other))
        for term in own
    )
