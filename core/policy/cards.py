"""Articles before anybody sees them: private data, domains, orders to models, trust."""

from collections.abc import Sequence
from functools import lru_cache
from time import perf_counter_ns

from core.policy.domains import domain_rules
from core.policy.injection import judge
from core.policy.records import Log, Objection
from core.policy.redact import redact
from schemas.model_settings import PolicySettings
from schemas.runs import EvidenceCard, PolicyRecord

_judged = lru_cache(maxsize=2_048)(judge)
"""The articles of a window come back with every question about it."""


def clean_cards(
    cards: Sequence[EvidenceCard], policy: PolicySettings
) -> tuple[tuple[EvidenceCard, ...], tuple[PolicyRecord, ...]]:
    """Give the articles that may be cited, in order, and what was done to them.

    Confirmed private data is masked in titles and snippets; an address in a denied domain, or
    outside the allowed ones, takes its article out. `is_flagged` marks a text that gives orders to
    a model, which no model may be shown; `trust` is the trust in the domain.
    """
    log = Log()
    rules = domain_rules(policy)
    cleaned = []
    for card in cards:
        where = f"evidence {card.article_id}"
        started = perf_counter_ns()
        may_cite = rules.may_cite(card.url)
        log.spend("domains", started)
        if not may_cite:
            log.note("domains", "drop", where, Objection("domain"))
            continue
        started = perf_counter_ns()
        found = _judged(f"{card.title}\n{card.snippet}")
        log.spend("injection", started)
        if found.is_flagged:
            log.note("injection", "drop", where, Objection("orders", ", ".join(found.signals)))
        cleaned.append(
            card.model_copy(
                update={
                    "title": redact(card.title, f"{where}.title", log),
                    "snippet": redact(card.snippet, f"{where}.snippet", log),
                    "is_flagged": found.is_flagged,
                    "trust": rules.trust_of(card.url),
                }
            )
        )
    log.allow_rest("domains", "injection", "pii", "secrets", where="evidence")
    return tuple(cleaned), tuple(log.records)
