"""Which computed sentence a model's claim words, and the lines that come of both."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from core.text.tokens import content_stems
from schemas.drafts import Finding

MAX_LINES = 5
LEADING = 3
"""So many first lines always stay, in a model's words or as they were computed."""
MIN_SHARED = 0.3
"""Share of the content words of the shorter sentence that a claim and its line have in common."""

_NUMBER = re.compile(r"\d+")


class _Said(NamedTuple):
    finding: Finding
    stems: frozenset[str]
    figures: frozenset[str]
    cited: frozenset[int]


def pair(claims: Sequence[Finding], lines: Sequence[Finding], *, lang: str) -> tuple[Finding, ...]:
    """Tell each claim which line it words: one that cites the same, each line at most once.

    A claim that words a line says something of it, a figure or three in ten of its words, and
    takes its type and its `basis`: the computed sentence. A line that shows a conflict is worded
    only by a claim that cites both its sides. A hypothesis, a recommendation and a conflict that
    was not computed word no line.

    Args:
        claims: A model's sentences, in its order.
        lines: What was put to it, strongest first.
        lang: The language of both.
    """
    free = [_read(line, lang) for line in lines]
    paired = []
    for claim in claims:
        said = _read(claim, lang)
        fitting = [(likeness, line) for line in free if (likeness := _likeness(said, line))]
        if not fitting:
            paired.append(claim)
            continue
        _, best = max(fitting, key=lambda pair: pair[0])
        free.remove(best)
        line = best.finding
        # What only repeats a line is that line.
        worded = line if _same(claim.text, line.text) else claim
        paired.append(worded.model_copy(update={"type": line.type, "basis": key_of(line)}))
    return tuple(paired)


def merge(lines: Sequence[Finding], claims: Sequence[Finding]) -> tuple[Finding, ...]:
    """Put claims in the place of the lines they word; order and types stay.

    Claims that word no line come last, as far as there is room. In a full answer one of them takes
    the place of the last line that neither leads nor shows a conflict.
    """
    worded = {claim.basis: claim for claim in claims if claim.basis}
    merged = [worded.get(key_of(line), line) for line in lines]
    extra = [claim for claim in claims if not claim.basis]
    extra = extra[: max(1, MAX_LINES - len(merged))]
    if extra and len(merged) >= MAX_LINES:
        spare = [n for n, line in enumerate(merged) if n >= LEADING and line.type != "conflict"]
        # What the model left out goes before what it worded.
        spare.sort(key=lambda n: (not merged[n].is_computed, -n))
        if not spare:
            return tuple(merged)
        del merged[spare[0]]
    return (*merged, *extra)


def key_of(line: Finding) -> str:
    """Give the computed sentence behind a line; a model's own line stands for itself."""
    return line.basis or line.text


def _same(one: str, other: str) -> bool:
    return one.casefold().rstrip(" .…") == other.casefold().rstrip(" .…")


def _read(finding: Finding, lang: str) -> _Said:
    return _Said(
        finding,
        frozenset(content_stems(finding.text, lang)),
        frozenset(_NUMBER.findall(finding.text)),
        frozenset(finding.article_ids),
    )


def _likeness(claim: _Said, line: _Said) -> float:
    """Say how clearly a claim words a line; 0: it does not."""
    kind = line.finding.type
    if kind == "conflict":
        may_word = claim.finding.type in ("fact", "conflict") and claim.cited >= line.cited
    else:
        may_word = claim.finding.type in ("fact", kind) and not claim.cited.isdisjoint(line.cited)
    if not may_word:
        return 0.0
    shared = len(claim.stems & line.stems) / max(1, min(len(claim.stems), len(line.stems)))
    figures = claim.figures & line.figures
    if not figures and shared < MIN_SHARED:
        return 0.0
    articles = len(claim.cited & line.cited) / len(claim.cited | line.cited)
    leads = line.finding.article_ids[0] in claim.cited
    is_conflict = 4.0 if kind == "conflict" else 0.0
    return is_conflict + leads + articles + shared + len(figures)
