"""Word lists shipped in `core/text/weights`: words, `#` comments, `[sections]`."""

from functools import cache
from importlib.resources import files

from core.text.stems import stem


@cache
def sections(name: str) -> dict[str, tuple[str, ...]]:
    """Read a list by its file name without suffix; words before any `[section]` are under ""."""
    text = files("core.text").joinpath("weights", f"{name}.txt").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    current = ""
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            current = line[1:-1]
            continue
        found.setdefault(current, []).extend(line.split())
    return {section: tuple(words) for section, words in found.items()}


@cache
def word_set(name: str, section: str = "") -> frozenset[str]:
    """Give the words of one section as they are written."""
    return frozenset(sections(name).get(section, ()))


@cache
def stem_set(name: str, lang: str, section: str = "") -> frozenset[str]:
    """Give the stems of the words of one section."""
    return frozenset(stem(word, lang) for word in sections(name).get(section, ()))


@cache
def stem_weights(name: str, lang: str) -> dict[str, float]:
    """Read sections named by numbers: a stem has the number of the first section that names it."""
    weights: dict[str, float] = {}
    for section, words in sections(name).items():
        for word in words:
            weights.setdefault(stem(word, lang), float(section))
    return weights


@cache
def stem_labels(name: str, lang: str) -> dict[str, tuple[tuple[str, float], ...]]:
    """Read sections named `label` or `label weight` (default 1): per stem, its weighted labels."""
    labels: dict[str, dict[str, float]] = {}
    for section, words in sections(name).items():
        label, _, weight = section.partition(" ")
        for word in words:
            labels.setdefault(stem(word, lang), {})[label] = float(weight or 1.0)
    return {key: tuple(value.items()) for key, value in labels.items()}
