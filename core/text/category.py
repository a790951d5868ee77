"""The category of a news item, by words that are typical for each."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import get_args

from core.text.lexicons import stem_labels
from core.text.tokens import stems
from schemas.articles import Category

CATEGORIES: tuple[Category, ...] = get_args(Category)
_LANGUAGES = frozenset({"en", "ru"})
_TITLE_WEIGHT = 2.0
_PRIOR: dict[Category, float] = {"society": 0.6, "other": 0.35}
"""What a text without typical words is: most news is about society."""
_SHARE: dict[Category, float] = {"not_news": 0.8, "other": 0.9}
"""Words of these classes occur in every kind of news, so they count less."""


def categorise(title: str, text: str, lang: str) -> Category:
    """Name the category of a news item; `other` where the language has no word list.

    Each stem counts with the logarithm of its frequency, twice in the title; the category with the
    largest sum wins, on equality the one that comes first in `Category`.
    """
    return categorise_stems(stems(title, lang), stems(text, lang), lang)


def categorise_stems(title: Sequence[str], text: Sequence[str], lang: str) -> Category:
    """Do what `categorise` does for stems that are known already, in reading order."""
    scores = category_scores(title, text, lang)
    return max(CATEGORIES, key=lambda category: scores[category])


def category_scores(title: Sequence[str], text: Sequence[str], lang: str) -> dict[Category, float]:
    """Give each category's share of what speaks for any; they add up to 1.

    Args:
        title: Every stem of the title in reading order.
        text: Every stem of the text in reading order.
        lang: Language of both; one without a word list gives all to `other`.
    """
    if lang not in _LANGUAGES:
        return {category: float(category == "other") for category in CATEGORIES}
    labels = stem_labels(f"category_{lang}", lang)
    sums = dict.fromkeys(CATEGORIES, 0.0)
    for counts, weight in ((Counter(title), _TITLE_WEIGHT), (Counter(text), 1.0)):
        for key, n in counts.items():
            for label, share in labels.get(key, ()):
                sums[_named(label)] += weight * share * math.log2(1 + n)
    scored = {
        category: total * _SHARE.get(category, 1.0) + _PRIOR.get(category, 0.0)
        for category, total in sums.items()
    }
    whole = sum(scored.values())
    return {category: scored[category] / whole for category in CATEGORIES}


def _named(label: str) -> Category:
    return next(category for category in CATEGORIES if category == label)
