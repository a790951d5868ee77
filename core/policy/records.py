"""What a rule says about a text, and the record of it that Explain shows."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.runs import PolicyRecord, Verdict

VERSIONS: Mapping[str, int] = {
    "evidence": 2,
    "support": 4,
    "language": 1,
    "links": 2,
    "domains": 1,
    "pii": 1,
    "secrets": 1,
    "injection": 1,
    "length": 2,
    "conflict": 1,
    "schema": 1,
}
"""Every rule and its version, which grows when the rule decides differently."""

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a text may not leave as it is.

    `code` is one of `core.rendering.explain.REASONS`; `value` the words that it is about, none of
    them private and none a web address, since readers see it. `spans` are places in the text.
    """

    code: str
    value: str = ""
    spans: tuple[tuple[int, int], ...] = ()

    @property
    def detail(self) -> str:
        """The code and the value on one line."""
        value = " ".join(self.value.split())[:_SHOWN]
        return f"{self.code}: {value}" if value else self.code


@dataclass(slots=True)
class Log:
    """The records of one passage through the rules, and the time that each rule took."""

    records: list[PolicyRecord] = field(default_factory=list)
    _ns: dict[str, int] = field(default_factory=dict)

    def spend(self, rule: str, started_ns: int) -> None:
        """Count the time since `started_ns`, a `time.perf_counter_ns()`, as this rule's."""
        self._ns[rule] = self._ns.get(rule, 0) + time.perf_counter_ns() - started_ns

    def note(
        self,
        rule: str,
        verdict: Verdict,
        where: str,
        why: Objection | None = None,
    ) -> None:
        """Record what a rule did; the time is what was counted as its since its last record."""
        self.records.append(
            PolicyRecord(
                rule=rule,
                version=VERSIONS[rule],
                verdict=verdict,
                where=where,
                detail=why.detail if why else "",
                us=self._ns.pop(rule, 0) // 1000,
                spans=why.spans if why else (),
            )
        )

    def allow_rest(self, *rules: str, where: str) -> None:
        """Record `allow` for each of these rules that had nothing to say."""
        spoken = {record.rule for record in self.records}
        for rule in rules:
            if rule not in spoken:
                self.note(rule, "allow", where)
