"""What the clusterer compares of one article."""

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from core.ports.articles import RecentArticle

MAX_LEAD_TERMS = 120
"""Distinct words from the start that say which event it is; later ones are background."""

TITLE_BOOST = 2.5
"""A word of the title counts as much as this many of the lead.

Of 1, 2 and 3 the first is worst on English event articles and on pairs of Russian and English
articles; 2 and 3 are equal there.
"""

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Features:
    """The words of one article that are compared; `title` and `lead` have no word in common.

    `names` are the words that occur in the article's entities, `numbers` the numbers of the title,
    `figures` those of title and lead.
    """

    title: tuple[str, ...]
    lead: tuple[str, ...]
    names: frozenset[str]
    numbers: frozenset[str]
    figures: frozenset[str]

    @property
    def terms(self) -> tuple[str, ...]:
        """Every compared word once, those of the title first."""
        return self.title + self.lead

    @property
    def size(self) -> int:
        """How many distinct words are compared."""
        return len(self.title) + len(self.lead)


def features_of(article: RecentArticle) -> Features:
    """Take the compared words out of a stored or new article.

    Stop words are no part of `article.terms`, so they drop out of the title as well.
    """
    known = frozenset(article.terms)
    title = _interned(term for term in article.title_terms if term in known)
    in_title = frozenset(title)
    lead = _interned(term for term in article.terms[:MAX_LEAD_TERMS] if term not in in_title)
    names = frozenset(word for name in article.entities for word in name.split())
    return Features(
        title=title,
        lead=lead,
        names=frozenset(term for term in (*title, *lead) if term in names),
        numbers=frozenset(term for term in title if _NUMBER.fullmatch(term)),
        figures=frozenset(term for term in (*title, *lead) if _NUMBER.fullmatch(term)),
    )


def _interned(terms: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(sys.intern, terms)))
