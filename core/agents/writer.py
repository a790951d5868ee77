"""Words for what was computed: a model is shown computed sentences and evidence by opaque ids."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from core.agents.brief import Brief
from core.agents.merging import pair
from core.agents.messages import (
    LABEL_CHARS,
    MAX_CLAIMS,
    Clean,
    claims_variants,
    expansion_variants,
    offered_to,
)
from core.agents.showing import Shown
from core.errors import ModelUnavailable
from core.llm.asking import Ask, Drafted, OnText
from core.llm.budget import Account
from core.llm.deadline import Deadline
from core.llm.ladder import Variant
from core.llm.manager import ModelManager
from core.llm.routes import LOCAL
from schemas.analysis import ExpansionHint
from schemas.drafts import Finding
from schemas.llm import Claim, ComposedDraft, Draft, ExpansionDraft, ModelNote, Task, TopicsDraft
from schemas.runs import WordedBy
from schemas.spending import ScopeKind

REASONING_TOKENS = 224
"""Room to think before a reply: what models use at the least effort that the routes ask for."""
CLAIM_TOKENS = 95
"""A Russian sentence of 170 characters with its ids, as JSON, by the widest vocabulary in use."""
LABEL_TOKENS = 32
SUMMARY_TOKENS = 100
EXPANSION_TOKENS = 200
MAX_READ = 12
"""Claims of a reply that are looked at; it was told to make five at most."""
HOLD_BACK_S = 0.4
"""Left of the deadline whatever the way to a model does, so that computed words can still go."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the models of a task gave.

    Attributes:
        claims: Sentences that cite what was shown, unchecked; `basis` is what each one words.
        n_uncited: Sentences left out, since they cited nothing or an id that was never issued.
        labels: Names for topics, by their place in the facts, unchecked.
        tldr: A summary, unchecked.
        expansion: Ways to widen a query, unchecked.
        model: The id that answered, "local" when none did.
        worded_by: The same for the record, with what it cost.
        notes: Each step down and why.
        micro_usd: What all attempts cost.
        near_limits: Limits of the day that are nearly used up.
    """

    claims: tuple[Finding, ...] = ()
    n_uncited: int = 0
    labels: dict[int, str] = field(default_factory=dict)
    tldr: str | None = None
    expansion: ExpansionDraft = field(default_factory=ExpansionDraft)
    model: str = LOCAL
    worded_by: tuple[WordedBy, ...] = ()
    notes: tuple[ModelNote, ...] = ()
    micro_usd: int = 0
    near_limits: tuple[ScopeKind, ...] = ()


@dataclass(frozen=True, slots=True)
class Writer:
    """Asks the models of a task for words; gives none where there is no model or no evidence."""

    lang: str
    deadline: Deadline
    models: ModelManager
    shown: Shown
    clean: Clean
    account: Account | None = None
    is_required: bool = False
    on_text: OnText | None = None

    async def word(self, brief: Brief) -> Words:
        """Have the offered findings of a brief worded.

        Raises:
            ModelUnavailable: No model answered, and the request or the settings insist on one.
            BudgetExceeded: No money or tokens were left for one, likewise.
        """
        if not self.models.models_for(brief.task):
            return Words()
        variants = claims_variants(brief, self.shown, lang=self.lang, clean=self.clean)
        drafted = await self._ask(brief.task, variants, claims_tokens(brief, self.shown))
        told = _told_of(drafted, brief.task)
        draft = drafted.reply.draft if drafted.reply is not None else None
        if not isinstance(draft, Draft):
            return told
        said = draft.claims[:MAX_READ]
        claims = [claim for claim in map(self._finding, said) if claim is not None]
        return replace(
            told,
            claims=pair(claims, offered_to(brief, self.shown), lang=self.lang),
            n_uncited=len(said) - len(claims),
            labels=self._labels(draft),
            tldr=draft.tldr if isinstance(draft, ComposedDraft) else None,
        )

    async def widen(self, query: str, hint: ExpansionHint) -> Words:
        """Have a query widened beyond the computed `hint`.

        Raises:
            ModelUnavailable: As above.
            BudgetExceeded: As above.
        """
        if not self.models.models_for("query_expansion"):
            return Words()
        variants = expansion_variants(query, hint, self.shown, lang=self.lang, clean=self.clean)
        max_tokens = REASONING_TOKENS + EXPANSION_TOKENS
        drafted = await self._ask("query_expansion", variants, max_tokens)
        told = _told_of(drafted, "query_expansion")
        draft = drafted.reply.draft if drafted.reply is not None else None
        return replace(told, expansion=draft) if isinstance(draft, ExpansionDraft) else told

    async def _ask(self, task: Task, variants: Sequence[Variant], max_tokens: int) -> Drafted:
        if not variants:
            return Drafted(reply=None)
        ask = Ask(
            task=task,
            variants=tuple(variants),
            account=self.account,
            is_required=self.is_required,
            max_tokens=max_tokens,
            on_text=self.on_text,
        )
        try:
            async with asyncio.timeout(max(0.0, self.deadline.left() - HOLD_BACK_S)):
                return await self.models.draft(ask, deadline=self.deadline)
        except TimeoutError as error:
            if self.is_required:
                raise ModelUnavailable(f"no model answered {task!r} in time") from error
            return Drafted(reply=None, notes=(ModelNote(task=task, step="local", reason="time"),))

    def _finding(self, claim: Claim) -> Finding | None:
        """Give a claim with the articles it cites, None unless every id was issued."""
        cited = tuple(self.shown.article_of(ref.strip("[] ")) for ref in claim.refs)
        known = tuple(dict.fromkeys(i for i in cited if i is not None))
        text = " ".join(claim.text.split())
        if not text or not known or None in cited:
            return None
        kind = claim.type
        if kind == "conflict" and len(self._families(known)) < 2:
            kind = "fact"
        return Finding(type=kind, text=text, article_ids=known, is_computed=False)

    def _families(self, article_ids: Sequence[int]) -> set[str]:
        return {card.family for card in self.shown.cards if card.article_id in article_ids}

    def _labels(self, draft: Draft) -> dict[int, str]:
        if not isinstance(draft, TopicsDraft):
            return {}
        places = {short: place for place, short in self.shown.topic_ids.items()}
        return {
            places[label.id]: " ".join(label.text.split())
            for label in draft.labels
            if label.id in places and 0 < len(" ".join(label.text.split())) <= LABEL_CHARS
        }


def claims_tokens(brief: Brief, shown: Shown) -> int:
    """Give the longest reply that a brief can need, reasoning included."""
    n_claims = min(MAX_CLAIMS, len(offered_to(brief, shown)) + 1)
    n_labels = sum(place in shown.topic_ids for place in brief.topics)
    summary = SUMMARY_TOKENS if brief.task == "compose" else 0
    return REASONING_TOKENS + n_claims * CLAIM_TOKENS + n_labels * LABEL_TOKENS + summary


def _told_of(drafted: Drafted, task: Task) -> Words:
    """Give what is known of a reply before its words are looked at."""
    model = drafted.reply.model if drafted.reply is not None else LOCAL
    by = WordedBy(task=task, model=model, micro_usd=drafted.micro_usd)
    return Words(
        model=model,
        worded_by=(by,) if drafted.reply is not None or drafted.micro_usd else (),
        notes=drafted.notes,
        micro_usd=drafted.micro_usd,
        near_limits=drafted.near_limits,
    )
