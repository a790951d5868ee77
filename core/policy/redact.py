"""Confirmed private data leaves under a mask: rules `pii` and `secrets`."""

import re
from collections.abc import Mapping
from time import perf_counter_ns
from typing import TypeVar

from pydantic import BaseModel

from core.policy.findings import Finding, PrivateKind
from core.policy.pii import find_private
from core.policy.records import Log, Objection
from schemas.facts import Facts

MASKS: Mapping[PrivateKind, str] = {
    "email": "[e-mail]",
    "phone": "[tel]",
    "card": "[card]",
    "ssn": "[SSN]",
    "iban": "[IBAN]",
    "ip": "[IP]",
    "ru_passport": "[ID]",
    "ru_snils": "[ID]",
    "ru_inn": "[ID]",
    "ru_oms": "[ID]",
    "secret": "[key]",
}
"""What stands in the place of private data, in every language."""

_LONG = re.compile(r"[A-Za-z0-9_\-+/=]{16}")
_DIGIT = re.compile(r"\d")
_NUMBERS = re.compile(
    r"\d(?:\W{0,4}(?:№|No|номер|n)?\W{0,4}\d){6}|\d\.\d{1,3}\.\d"
    r"|[A-Za-z]{2}\d{2} ?[A-Za-z0-9]{4}|\d:AA",
    re.IGNORECASE,
)
_COLONS = re.compile(r"[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:")


M = TypeVar("M", bound=BaseModel)


def confirmed_in(text: str) -> list[Finding]:
    """Find confirmed private data, in the order of the text."""
    if not _may_hold(text):
        return []
    return [one for one in find_private(text) if one.certainty == "confirmed"]


def _may_hold(text: str) -> bool:
    """Whether a closer look is worth its time: anything confirmed looks so, most texts do not."""
    if "@" in text or "-----BEGIN" in text or _LONG.search(text):
        return True
    if ":" in text and _COLONS.search(text):
        return True
    return _DIGIT.search(text) is not None and _NUMBERS.search(text) is not None


def masked(text: str) -> str:
    """Give the text as it may leave."""
    return _with_masks(text, confirmed_in(text))


def redact(text: str, where: str, log: Log) -> str:
    """Give the text as it may leave and record what was masked; the data itself is not told."""
    started = perf_counter_ns()
    found = confirmed_in(text)
    log.spend("pii", started)
    if not found:
        return text
    for rule, is_mine in (("secrets", True), ("pii", False)):
        mine = [one for one in found if (one.kind == "secret") is is_mine]
        if mine:
            kinds = ", ".join(dict.fromkeys(MASKS[one.kind] for one in mine))
            spans = tuple((one.start, one.end) for one in mine)
            log.note(rule, "redact", where, Objection("private", kinds, spans))
    return _with_masks(text, found)


def redact_strings(value: M, where: str, log: Log) -> M:
    """Give a frozen model with private data masked in its strings, however deep.

    The model itself is given back where there is none.
    """
    changed = _changed(value, where, log)
    return value if changed is value else changed  # type: ignore[return-value]


def clean_facts(facts: Facts) -> Facts:
    """Give the facts without private data in headlines, labels and phrases."""
    return redact_strings(facts, "facts", Log())


def _changed(value: object, where: str, log: Log) -> object:
    match value:
        case str():
            return redact(value, where, log)
        case BaseModel():
            old = {name: getattr(value, name) for name in type(value).model_fields}
            new = {name: _changed(one, f"{where}.{name}", log) for name, one in old.items()}
            update = {name: one for name, one in new.items() if one is not old[name]}
            return value.model_copy(update=update) if update else value
        case tuple():
            items = tuple(_changed(one, f"{where}[{n}]", log) for n, one in enumerate(value))
            return items if any(a is not b for a, b in zip(items, value, strict=True)) else value
        case _:
            return value


def _with_masks(text: str, found: list[Finding]) -> str:
    parts, end = [], 0
    for one in found:
        parts += [text[end : one.start], MASKS[one.kind]]
        end = one.end
    return "".join((*parts, text[end:]))
