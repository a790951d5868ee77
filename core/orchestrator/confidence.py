"""How far to trust an answer: computed from what it rests on, never a constant."""

import math
from collections.abc import Sequence

from core.retrieval.search import Candidate
from schemas.facts import ConfidenceFacts, Facts, MatchMode
from schemas.requests import Command

SAMPLE_SCALE = 60
"""Articles at which the sample part reaches 1 - 1/e."""
WEIGHTS = (0.4, 0.35, 0.25)
NO_BASELINE = 0.5
"""The margin when there is nothing to stand out from."""


def measure_confidence(
    facts: Facts, candidates: Sequence[Candidate], command: Command, mode: MatchMode
) -> ConfidenceFacts:
    """Give agreement, sample and margin for an answer over `facts`."""
    return ConfidenceFacts(
        agreement=round(_agreement(facts, command), 3),
        sample=round(1 - math.exp(-facts.window.n_counted / SAMPLE_SCALE), 3),
        margin=round(_margin(facts, candidates, mode), 3),
    )


def confidence(parts: ConfidenceFacts) -> float:
    """Give one figure, 0..1: 0.4 agreement + 0.35 sample + 0.25 margin."""
    agreement, sample, margin = WEIGHTS
    return round(agreement * parts.agreement + sample * parts.sample + margin * parts.margin, 2)


def _agreement(facts: Facts, command: Command) -> float:
    match command:
        case "sentiment":
            moods = [mood.score for mood in facts.sentiment.families] if facts.sentiment else []
            if len(moods) < 2:
                return 0.0
            mean = sum(moods) / len(moods)
            spread = math.sqrt(sum((m - mean) ** 2 for m in moods) / len(moods))
            return max(0.0, 1 - 2 * spread)
        case "keywords":
            families = [phrase.n_families for phrase in facts.keyphrases[:5]]
        case _:
            families = [story.n_families for story in facts.stories[:5]]
    # One publisher agrees with nobody; each further one halves the doubt that is left, roughly.
    return sum(1 - 1 / max(1, n) for n in families) / len(families) if families else 0.0


def _margin(facts: Facts, candidates: Sequence[Candidate], mode: MatchMode) -> float:
    """Say how clearly the answer stands out from what was not chosen.

    With a query: by how much the best hit stands above the last one that was kept. Without:
    whether there is a baseline to compare with, and how sure the leading burst is.
    """
    if mode == "everything":
        if facts.baseline is None or not facts.baseline.is_enough:
            return NO_BASELINE
        bursts = [s.surge.q for s in facts.stories if s.surge is not None and s.surge.is_burst]
        return 1 - min(bursts) if bursts else NO_BASELINE
    scores = [c.fused_score for c in candidates]
    if len(scores) < 2 or scores[0] <= 0:
        return NO_BASELINE
    spread = 1 - scores[-1] / scores[0]
    return (1.0 if mode == "all_terms" else 0.6) * (0.5 + spread / 2)
