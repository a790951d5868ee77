"""How a query could be widened or narrowed, from what stands beside it in the news."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Literal

from core.text.tokens import stems
from schemas.analysis import ExpansionHint
from schemas.facts import KeyphraseFact
from schemas.llm import ExpansionDraft
from schemas.runs import EvidenceCard

Intent = Literal["informational", "navigational", "transactional", "research"]
MAX_EXPANSIONS, MAX_NEGATIVES = 8, 5
MAX_WORDS = 4
MAX_READ, MAX_CHARS = 20, 80
"""Phrases of a reply that are looked at, and letters of each."""
_PHRASE = re.compile(r"(?=.{2,60}$)[^\W_](?:[^\W_]|[\u0300-\u036f]|[ '’-])*")
"""Letters, digits, spaces, hyphens and apostrophes; 2 to 60 of them."""
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
        expansions=tuple(dict.fromkeys(wide))[:MAX_EXPANSIONS],
        negatives=tuple(dict.fromkeys(narrow))[:MAX_NEGATIVES],
    )


def add_found(
    hint: ExpansionHint,
    draft: ExpansionDraft,
    cards: Sequence[EvidenceCard],
    query_stems: frozenset[str],
) -> ExpansionHint:
    """Add a model's phrases behind the computed ones, those alone that stand in the evidence.

    A phrase of up to four words stands there when its words follow each other in a title or a
    snippet, in any inflection. One that adds nothing to the query, is listed already, or holds
    more than letters, digits, hyphens and apostrophes is left out.
    """
    texts = [stems(text, c.lang) for c in cards for text in (c.title, c.snippet)]
    langs = sorted({card.lang for card in cards})

    def found(phrases: Iterable[str], taken: Iterable[str]) -> list[str]:
        known = {phrase.casefold() for phrase in taken}
        kept: list[str] = []
        for written in list(phrases)[:MAX_READ]:
            phrase = " ".join(unicodedata.normalize("NFKC", written[:MAX_CHARS]).split())
            forms = [stems(phrase, lang) for lang in langs]
            if (
                _PHRASE.fullmatch(phrase)
                and phrase.casefold() not in known
                and any(0 < len(form) <= MAX_WORDS for form in forms)
                and not any(set(form) <= query_stems for form in forms)
                and any(_follows(form, text) for form in forms for text in texts)
            ):
                kept.append(phrase)
                known.add(phrase.casefold())
        return kept

    listed = (*hint.expansions, *hint.negatives)
    wider = found(draft.expansions, listed)
    narrower = found(draft.negatives, (*listed, *wider))
    return hint.model_copy(
        update={
            "expansions": (*hint.expansions, *wider)[:MAX_EXPANSIONS],
            "negatives": (*hint.negatives, *narrower)[:MAX_NEGATIVES],
        }
    )


def _follows(form: Sequence[str], text: Sequence[str]) -> bool:
    """Say whether words stand in a text one after the other."""
    n = len(form)
    return (
        any(list(text[i : i + n]) == list(form) for i in range(len(text) - n + 1)) if n else False
    )
