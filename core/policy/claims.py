"""The rules that a model's sentence must pass, in the order in which they are asked."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from time import perf_counter_ns

from core.policy import conflict, language, links, support
from core.policy.dates import date_of
from core.policy.domains import canonical_host
from core.policy.injection import judge
from core.policy.reading import Reading, plain, read
from core.policy.records import Log, Objection
from core.policy.repair import is_real_date
from core.policy.scope import Scope
from schemas.drafts import Finding
from schemas.facts import Facts
from schemas.runs import EvidenceCard

ORDERING = frozenset({"order", "work", "translate"})
"""Signals of which one alone is too much for a sentence that is to state something."""

TASK = re.compile(
    r"\W{0,5}(?:please |can you |could you |пожалуйста,? )?"
    r"(?:explain|summari[sz]e|describe|break down|outline|list|solve|calculate|convert|translate"
    r"|rewrite|paraphrase|write|tell|answer|define|teach|recommend|suggest|plan"
    r"|объясни|опиши|перечисли|реши|вычисли|переведи|перепиши|напиши|расскажи|ответь|посоветуй)"
    r"(?:те)?\b",
    re.IGNORECASE,
)
"""How somebody begins who gives work to a model; news does not."""

MAX_CHECKED = 1_000
"""A sentence longer than this is no insight, whatever it says."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the rules of one answer look things up in.

    Articles are read once, and a sentence that passed is not asked about again: the same desk may
    serve the agents and then the gate. An article without a date is cited only where `needs_date`
    is False.
    """

    cards: Mapping[int, EvidenceCard]
    facts: Facts
    lang: str | None = None
    query: str | None = None
    needs_date: bool = True
    _readings: dict[int, Reading] = field(default_factory=dict)
    _scopes: dict[frozenset[int], Scope] = field(default_factory=dict)
    _passed: set[Finding] = field(default_factory=set)

    def reading(self, card: EvidenceCard) -> Reading:
        """Give an article as the rules read it: title, text, source, publisher."""
        if card.article_id not in self._readings:
            text = f"{card.title}\n{card.snippet}\n{card.source}\n{card.family}"
            self._readings[card.article_id] = read(text)
        return self._readings[card.article_id]

    def scope(self, ids: Sequence[int]) -> Scope:
        """Give what was computed about these articles."""
        key = frozenset(ids)
        if key not in self._scopes:
            self._scopes[key] = Scope(self.facts, key)
        return self._scopes[key]

    def has_passed(self, item: Finding) -> bool:
        """Say whether no rule objected to a sentence before."""
        return item in self._passed

    def let_pass(self, item: Finding) -> None:
        """Note that no rule objects to a sentence."""
        self._passed.add(item)


@dataclass(frozen=True, slots=True)
class Claim:
    """A model's sentence with the articles that it cites."""

    item: Finding
    said: Reading
    cited: tuple[EvidenceCard, ...]
    desk: Desk

    @property
    def texts(self) -> tuple[Reading, ...]:
        """The cited articles as the rules read them."""
        return tuple(self.desk.reading(card) for card in self.cited)

    @property
    def scope(self) -> Scope:
        """What was computed about the cited articles."""
        return self.desk.scope([card.article_id for card in self.cited])


Rule = Callable[[Claim], Objection | None]


def first_objection(claim: Claim, log: Log) -> tuple[str, Objection] | None:
    """Ask the rules in turn; gives the rule that objects first and why."""
    if claim.desk.has_passed(claim.item):
        return None
    for name, rule in RULES:
        started = perf_counter_ns()
        objection = rule(claim)
        log.spend(name, started)
        if objection is not None:
            return name, objection
    claim.desk.let_pass(claim.item)
    return None


def _evidence(claim: Claim) -> Objection | None:
    if not claim.item.article_ids or not claim.item.text.strip():
        return Objection("uncited")
    if any(one not in claim.desk.cards for one in claim.item.article_ids):
        return Objection("unknown-id")
    return None if claim.cited else Objection("undated")


def _length(claim: Claim) -> Objection | None:
    return Objection("endless") if len(claim.item.text) > MAX_CHECKED else None


def _links(claim: Claim) -> Objection | None:
    names = [name for card in claim.cited for name in (card.source, card.family)]
    names += [canonical_host(card.url) for card in claim.cited if card.url]
    return links.object_to(claim.item.text, names, [text.text for text in claim.texts])


def _injection(claim: Claim) -> Objection | None:
    found = judge(claim.item.text)
    is_order = claim.item.type != "recommendation" and not ORDERING.isdisjoint(found.signals)
    if found.is_flagged or is_order:
        return Objection("orders", ", ".join(found.signals))
    if TASK.match(claim.item.text):
        return Objection("orders", "task")
    return Objection("question") if _asks(claim) else None


def _asks(claim: Claim) -> bool:
    """Whether a sentence asks: an insight tells, and a question may be meant for the model."""
    return plain(claim.item.text).strip().endswith("?")


def _language(claim: Claim) -> Objection | None:
    if claim.desk.lang is None:
        return None
    foreign = [claim.desk.reading(card) for card in claim.cited if card.lang != claim.desk.lang]
    return language.object_to(claim.said, claim.desk.lang, foreign=foreign)


def _support(claim: Claim) -> Objection | None:
    return support.object_to(claim.said, ground_of(claim))


def _conflict(claim: Claim) -> Objection | None:
    return conflict.object_to(
        claim.item, claim.said, claim.texts, cards=claim.cited, scope=claim.scope
    )


RULES: tuple[tuple[str, Rule], ...] = (
    ("evidence", _evidence),
    ("length", _length),
    ("links", _links),
    ("injection", _injection),
    ("language", _language),
    ("conflict", _conflict),
    ("support", _support),
)
"""Each rule is a pure function; a new one is a file and a line here."""


def ground_of(claim: Claim) -> support.Ground:
    """Give what a sentence may rest on."""
    window = claim.desk.facts.window
    days = [card.date for card in claim.cited if card.date and is_real_date(card.date)]
    return support.Ground(
        cited=claim.texts,
        days=tuple(date_of(date.fromisoformat(day)) for day in days),
        spans=(date_of(window.start.date()), date_of(window.end.date())),
        scope=claim.scope,
        query=read(claim.desk.query) if claim.desk.query else None,
    )


def make_claim(item: Finding, desk: Desk) -> Claim:
    """Put a sentence beside the articles that it cites and may cite."""
    found = (desk.cards.get(one) for one in item.article_ids)
    cited = tuple(c for c in found if c and (is_real_date(c.date) or not desk.needs_date))
    return Claim(item, read(item.text[:MAX_CHECKED]), cited, desk)
