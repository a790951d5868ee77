"""The emotions that the words of a text name or call up."""

import math
from collections.abc import Sequence
from typing import get_args

from core.text.lexicons import stem_labels
from core.text.sentiment import MEASURED_LANGUAGES
from schemas.articles import Emotion

EMOTIONS: tuple[Emotion, ...] = get_args(Emotion)
_PER_WORDS = 12.0
"""One word of an emotion in a text of so many words gives 0.55; longer texts need more."""
_STEEPNESS = 0.8


def measure_emotions(stems: Sequence[str], lang: str) -> dict[Emotion, float]:
    """Measure five emotions, each 0..1 by the density of their words.

    Args:
        stems: Every stem of the text in reading order.
        lang: Language of the text.

    Returns:
        All five emotions; empty when the language is not measured.
    """
    if lang not in MEASURED_LANGUAGES:
        return {}
    labels = stem_labels(f"emotions_{lang}", lang)
    sums: dict[Emotion, float] = dict.fromkeys(EMOTIONS, 0.0)
    negated = 0
    for key in stems:
        if key in _NEGATIONS:
            negated = 2
            continue
        for label, weight in labels.get(key, ()):
            for emotion in EMOTIONS:
                if emotion == label and not negated:
                    sums[emotion] += weight
        negated = max(0, negated - 1)
    scale = math.sqrt(max(1.0, len(stems) / _PER_WORDS))
    return {
        emotion: round(1.0 - math.exp(-_STEEPNESS * total / scale), 4)
        for emotion, total in sums.items()
    }


_NEGATIONS = frozenset(
    ["не", "нет", "без", "not", "no", "never", "don't", "isn't", "doesn't", "can't"]
)
