"""How far to trust an answer: computed from what it rests on, never a constant."""

import math
from collections.abc import Sequence

from core.retrieval.search import Candidate
from schemas.facts import ConfidenceFacts, Facts, MatchMode
from schemas.requests import Command

SAMPLE_SCALE = 20
"""Articles at which the sample part reaches 1 - 1/e."""
WEIGHTS = (0.4, 0.35, 0.25)


def measure_confidence(
    facts: Facts, candidates: Sequence[Candidate], command: Command, mode: MatchMode
) -> ConfidenceFacts:
    """Give agreement, sample and margin for an answer over `facts`."""
    return ConfidenceFacts(
        agreement=round(_agreement(facts, command), 3),
        sample=round(1 - math.exp(-facts.window.n_counted / SAMPLE_SCALE), 3),
        margin=round(_margin(candidates, mode), 3),
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
    return sum(n >= 2 for n in families) / len(families) if families else 0.0


def _margin(candidates: Sequence[Candidate], mode: MatchMode) -> float:
    """1 without a query; else by how much the best hits stand above the last one that was kept."""
    if mode == "everything":
        return 1.0
    scores = [c.fused_score for c in candidates]
    if len(scores) < 2 or scores[0] <= 0:
        return 0.5
    spread = 1 - scores[-1] / scores[0]
    return (1.0 if mode == "all_terms" else 0.6) * min(1.0, 0.5 + spread / 2)
