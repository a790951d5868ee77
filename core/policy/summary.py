"""A model's summary says nothing beyond the insights: else the first of them stands for it."""

from collections.abc import Sequence
from time import perf_counter_ns

from core.policy.claims import MAX_CHECKED, RULES, Claim, Desk
from core.policy.reading import read
from core.policy.records import Log, Objection
from core.policy.repair import is_real_date
from core.policy.support import Ground
from core.policy.support import object_to as support_objects_to
from schemas.drafts import Finding


def checked_summary(text: str, insights: Sequence[Finding], desk: Desk, log: Log) -> str:
    """Give the summary, or the first insight where a rule objects to it.

    The rules are those of a sentence, but the ground is the insights: what they do not say is
    not said, whatever the articles hold.
    """
    objected = _objection(text, insights, desk, log)
    if objected is None:
        return text
    rule, why = objected
    log.note(rule, "rewrite", "tldr", why)
    return insights[0].text


def _objection(
    text: str, insights: Sequence[Finding], desk: Desk, log: Log
) -> tuple[str, Objection] | None:
    ids = tuple(dict.fromkeys(i for item in insights for i in item.article_ids))
    cited = tuple(desk.cards[i] for i in ids if is_real_date(desk.cards[i].date))
    item = Finding(type="fact", text=text, article_ids=ids, is_computed=False)
    claim = Claim(item, read(text[:MAX_CHECKED]), cited, desk)
    ground = Ground(cited=tuple(read(insight.text) for insight in insights))
    for name, rule in RULES:
        started = perf_counter_ns()
        why = support_objects_to(claim.said, ground) if name == "support" else rule(claim)
        log.spend(name, started)
        if why is not None:
            return name, why
    return None
