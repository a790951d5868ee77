"""What the policy rules checked, mended and left out, in the reader's words."""

import re
from collections.abc import Sequence
from typing import Final

from core.rendering.richtext import Code, Content, Join
from core.rendering.units import cut, one_line
from core.rendering.words import say
from schemas.runs import PolicyRecord

REASONS: Final = frozenset(
    {
        *("uncited", "unknown-id", "undated", "nothing-left", "aspects", "endless", "cut"),
        *("link-scheme", "link-markdown", "link-html", "link-handle", "link-address"),
        *(
            "link-domain",
            "orders",
            "question",
            "language",
            "quote",
            "number",
            "number-place",
            "date",
            "name",
        ),
        *("words", "foreign", "one-sided", "direction", "tone", "negation", "domain", "trust"),
        *("private", "schema"),
    }
)
"""Every reason that a rule gives; each has words in `policy.ftl`."""

RULES: Final = frozenset(
    {
        *("evidence", "support", "language", "links", "domains", "pii", "secrets", "injection"),
        *("length", "conflict", "schema"),
    }
)
_MAX_SHOWN = 5
_MAX_DETAIL = 80
_SENTENCE = re.compile(r"insights\[(\d+)\]")


def render_checks(records: Sequence[PolicyRecord], lang: str) -> list[Content]:
    """Give a line on what was checked, then one for each repair and refusal, the last ones in sum.

    The same objection to several texts is told once.
    """
    names = dict.fromkeys(record.rule for record in records if record.rule in RULES)
    passed = sum(record.verdict == "allow" for record in records)
    lines: list[Content] = [say(lang, "explain-policy-all", n=passed)]
    if names:
        told = ", ".join(say(lang, f"policy-rule-{name}") for name in names)
        lines = [say(lang, "policy-checked", rules=told)]
    done = list(dict.fromkeys(_line(r, lang) for r in records if r.verdict != "allow"))
    lines += done[:_MAX_SHOWN]
    if len(done) > _MAX_SHOWN:
        lines.append(say(lang, "policy-more", n=len(done) - _MAX_SHOWN))
    return lines


def _line(record: PolicyRecord, lang: str) -> Content:
    rule = Code(f"{one_line(record.rule)} v{record.version}")
    verdict = say(lang, f"explain-verdict-{record.verdict}")
    code, _, value = record.detail.partition(": ")
    if code in REASONS:
        words = say(lang, f"policy-why-{code}", value=cut(one_line(value), 40))
        return Join((rule, verdict, _place(record.where, lang), words), separator=" · ")
    detail = cut(one_line(record.detail), _MAX_DETAIL)
    return Join((rule, verdict, one_line(record.where), detail), separator=" · ")


def _place(where: str, lang: str) -> str:
    if found := _SENTENCE.match(where):
        return say(lang, "policy-where-sentence", n=int(found[1]) + 1)
    match where.partition("[")[0].partition(" ")[0].partition(".")[0]:
        case "tldr":
            return say(lang, "policy-where-summary")
        case "header":
            return say(lang, "policy-where-header")
        case "evidence":
            return say(lang, "policy-where-article")
        case "result":
            return say(lang, "policy-where-result")
        case _:
            return say(lang, "policy-where-answer")
