"""What of a request models are shown, under which names, and how it is kept apart from orders."""

import random
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.agents.brief import Brief
from core.text.markup import strip_invisible
from schemas.runs import EvidenceCard

Pick = Callable[[str], str]
"""Gives one letter of an alphabet; nobody outside can guess which."""

LETTERS = "bcdfghjkmnpqrstvwxz"
DIGITS = "23456789"
HEX = "0123456789abcdef"
FENCE_LETTERS = 16
SAME_CHARS = 80
"""With one title and so many first letters in common, one article stands for both."""
_BRACKETED = re.compile(r"[\[［【〔⟦]\s*([^\s\[\]［］【】〔〕⟦⟧]{1,16})\s*[\]］】〕⟧]")
_FENCED = re.compile(r"[<＜‹]\s*(/?\s*[\w-]{6,64})\s*[>＞›]")


@dataclass(frozen=True, slots=True)
class Shown:
    """What models may read of one request.

    Attributes:
        fence: Stands around all data; drawn for this request.
        cards: Articles, best first: dated, and none that gives orders to a model.
        ids: The opaque id of each card's article.
        topic_ids: The opaque id of each place in the topics of the facts.
        withheld: Articles that no model is shown, nor a sentence with their words.
    """

    fence: str
    cards: tuple[EvidenceCard, ...]
    ids: Mapping[int, str]
    topic_ids: Mapping[int, str]
    withheld: frozenset[int] = frozenset()

    def article_of(self, opaque: str) -> int | None:
        """The article that goes by an id, None when it was never issued."""
        return next((article for article, short in self.ids.items() if short == opaque), None)


def new_pick() -> Pick:
    """Give a source of letters that nobody outside can guess; one for each request."""
    return random.Random(secrets.token_bytes(32)).choice


def show(
    briefs: Sequence[Brief], cards: Sequence[EvidenceCard], *, limit: int, pick: Pick
) -> Shown:
    """Choose what models may read and name it.

    Args:
        briefs: What will be put to models; what their findings cite first goes in first.
        cards: What the answer may cite, best first.
        limit: The most articles that leave the machine for this request.
        pick: Draws the letters of ids and of the fence.
    """
    usable = {card.article_id: card for card in cards if card.date and not card.is_flagged}
    cited = [finding.article_ids for brief in briefs for finding in brief.offered]
    depth = max(map(len, cited), default=0)
    wanted = [ids[i] for i in range(depth) for ids in cited if i < len(ids)]
    needed = {i for i in firsts(cited) if i in usable}
    chosen: list[int] = []
    seen: set[tuple[str, str]] = set()
    for i in dict.fromkeys((*wanted, *usable)):
        words = (usable[i].title, usable[i].snippet[:SAME_CHARS]) if i in usable else None
        if words is not None and (words not in seen or i in needed):
            chosen.append(i)
            seen.add(words)
    del chosen[limit:]
    withheld = frozenset(card.article_id for card in cards if card.is_flagged)
    topics = [
        place
        for brief in briefs
        for place, topic in brief.topics.items()
        if topic.lead_id not in withheld
    ]
    issued = _issue(len(chosen) + len(topics), pick)
    return Shown(
        fence="".join(pick(HEX) for _ in range(FENCE_LETTERS)),
        cards=tuple(usable[i] for i in chosen),
        ids=dict(zip(chosen, issued, strict=False)),
        topic_ids=dict(zip(topics, issued[len(chosen) :], strict=True)),
        withheld=withheld,
    )


def as_data(text: str) -> str:
    """Give a foreign text as one line in which nothing looks like an id or a delimiter of ours."""
    line = " ".join(strip_invisible(text, is_shown=True).split())
    return _FENCED.sub(r"‹\1›", _BRACKETED.sub(r"(\1)", line))


def _issue(count: int, pick: Pick) -> list[str]:
    """Draw ids that are no words of any language: letter, digit, letter, digit."""
    issued: dict[str, None] = {}
    while len(issued) < count:
        issued["".join(pick(letters) for letters in (LETTERS, DIGITS, LETTERS, DIGITS))] = None
    return list(issued)


def firsts(ids: Iterable[Sequence[int]]) -> list[int]:
    """Give the first of each, once."""
    return list(dict.fromkeys(some[0] for some in ids if some))
