"""Does the cited evidence carry the sentence? Decided by plain code."""

import re
from collections.abc import Iterable, Sequence

from schemas.facts import Facts
from schemas.runs import EvidenceCard

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
QUOTE = re.compile(r"[“«\"]([^“”«»\"]{3,})[”»\"]")


NO_FIGURES = frozenset(
    {"schema_version", "article_id", "article_ids", "example_ids", "lead_id", "story_id"}
    | {"story_ids", "most_positive_id", "most_negative_id"}
)
"""Fields of facts whose numbers name something and count nothing."""


def _plain(number: str) -> str:
    """Give one spelling to a number: 1,234 and 1234, 0,5 and 0.5."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+", number):
        return number.replace(",", "")
    return number.replace(",", ".").rstrip(".")


def numbers_in(text: str) -> set[str]:
    """Give the numbers of a text in one spelling each."""
    return {_plain(match) for match in NUMBER.findall(text)}


def numbers_of_facts(facts: Facts) -> set[str]:
    """Give every figure that was computed, in the spellings that an answer may use."""
    found: set[str] = set()

    def walk(value: object) -> None:
        match value:
            case bool() | None:
                return
            case int():
                found.add(str(value))
            case float():
                for digits in range(4):
                    found.add(f"{abs(value):.{digits}f}")
                    found.add(f"{abs(value) * 100:.{digits}f}")
            case str():
                found.update(numbers_in(value))
            case dict():
                walk([item for key, item in value.items() if key not in NO_FIGURES])
            case list() | tuple():
                for item in value:
                    walk(item)
            case _:
                found.update(numbers_in(str(value)))

    walk(facts.model_dump(mode="json"))
    return found


def is_supported(text: str, cited: Sequence[EvidenceCard], known_numbers: Iterable[str]) -> bool:
    """Say whether every figure and quotation of `text` is in the cited evidence or the facts.

    A quotation must stand in a cited title or snippet word for word (spacing and case aside).
    """
    source = " ".join(f"{card.title} {card.snippet} {card.source}" for card in cited)
    allowed = numbers_in(source) | set(known_numbers)
    if not numbers_in(text) <= allowed:
        return False
    folded = " ".join(source.casefold().split())
    return all(" ".join(q.casefold().split()).rstrip("….,") in folded for q in QUOTE.findall(text))
