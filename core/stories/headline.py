"""The headline of a story: the title most like its other titles, never a generated one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.text.tokens import content_stems

MAX_COMPARED = 40
"""Titles that are compared; of more, the first ones given."""

_MIN_CHARS, _MAX_CHARS = 20, 140
_TRUNCATED = re.compile(r"(\.\.\.|…|[,:;–—-])\s*$")
_QUESTION = re.compile(r"\?[\"»”')\]]*(\s|$)")
_OPENS_LIKE_BAIT = re.compile(
    r"\W*("
    r"(\d+|five|seven|ten)\s+(things|reasons|ways|facts|takeaways|moments)\b|"
    r"(\d+|пять|семь|десять)\s+(вещей|причин|способов|фактов|моментов)\b|"
    r"(here'?s|this is|watch|live|opinion|analysis|why|how|when|what (we|to) know)\b|"
    r"(смотрите|видео|прямая трансляция|мнение|почему|как|что известно|вот)\b)",
    re.IGNORECASE,
)
_BAIT = re.compile(
    r"you (won['’]?t|need to|should)\b|won['’]?t believe|shock(s|ed|ing)\b|must[- ]see|goes viral|"
    r"what happened next|what (we|to) know|live (updates|blog|results)|!{2,}|🔞|"
    r"не поверите|шок\b|шокиру|что произошло дальше|взорвал\w* (сеть|интернет)|\bтоп-\d+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class HeadlineCandidate:
    """One member's title and its language."""

    title: str
    lang: str = "en"


def choose_headline(titles: Sequence[HeadlineCandidate]) -> int:
    """Choose the title that stands best for a story.

    The medoid of the titles that state the news: no question, bait, shouting, cut or over-long
    title as long as another one is there. Ties go to the earlier candidate.

    Args:
        titles: Titles of members, most preferred first (newest first, say); the first 40 are
            compared.

    Returns:
        The index of the chosen title.

    Raises:
        ValueError: If there is none.
    """
    if not titles:
        raise ValueError("a story has at least one title")
    words = [frozenset(content_stems(c.title, c.lang)) for c in titles[:MAX_COMPARED]]
    flaws = [count_flaws(c.title) for c in titles[:MAX_COMPARED]]
    fewest = min(flaws)
    able = [index for index, n in enumerate(flaws) if n == fewest]
    return max(able, key=lambda i: (_centrality(words, i), -i))


def count_flaws(title: str) -> int:
    """Count what makes a title a poor headline; 0 for a plain statement of news."""
    text = title.strip()
    letters = [c for c in text if c.isalpha()]
    n_upper = sum(c.isupper() for c in letters)
    return sum(
        (
            2 * (not letters),
            bool(_QUESTION.search(text)),
            bool(_BAIT.search(text) or _OPENS_LIKE_BAIT.match(text)),
            len(letters) > 8 and n_upper > 0.6 * len(letters),
            bool(_TRUNCATED.search(text)),
            not _MIN_CHARS <= len(text) <= _MAX_CHARS,
        )
    )


def _centrality(words: Sequence[frozenset[str]], index: int) -> float:
    mine = words[index]
    others = (other for place, other in enumerate(words) if place != index)
    return sum(len(mine & other) / len(mine | other) for other in others if mine or other)
