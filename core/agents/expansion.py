"""How a query could be widened or narrowed, from what stands beside it in the news."""

import re
from typing import Literal

from schemas.analysis import ExpansionHint
from schemas.facts import KeyphraseFact

Intent = Literal["informational", "navigational", "transactional", "research"]
_BUY = re.compile(r"\b(price|buy|cheap|цен\w*|куп\w*|стоимост\w*)\b", re.IGNORECASE)
_STUDY = re.compile(
    r"\b(why|how|impact|study|почему|как|влияни\w*|исследовани\w*)\b", re.IGNORECASE
)


def expand(
    query: str, query_stems: frozenset[str], phrases: list[KeyphraseFact], *, names_source: bool
) -> ExpansionHint:
    """Give the phrases that stand beside the query (up to 8) and the intents that its words show.

    A phrase is an expansion when it adds a word to the query and at least two articles hold it;
    `negatives` are phrases with their own theme: strong, and in a single publisher only.
    """
    intents: list[Intent] = ["informational"]
    if names_source:
        intents.append("navigational")
    if _BUY.search(query):
        intents.append("transactional")
    if _STUDY.search(query):
        intents.append("research")
    beside = [p for p in phrases if not set(p.norm.split()) <= query_stems]
    wide = [p.phrase for p in beside if p.n >= 2 and p.n_families >= 2]
    narrow = [p.phrase for p in beside if p.n >= 3 and p.n_families == 1]
    return ExpansionHint(
        intents=tuple(intents),
        expansions=tuple(dict.fromkeys(wide))[:8],
        negatives=tuple(dict.fromkeys(narrow))[:5],
    )
