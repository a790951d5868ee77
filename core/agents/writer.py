"""Words for what was computed: templates, or a model that is shown facts and numbered evidence."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from core.llm.deadline import Deadline
from core.llm.manager import ModelManager
from core.rendering.words import say
from schemas.drafts import AgentDraft, Finding
from schemas.llm import Claim, Draft, Message, Task
from schemas.runs import EvidenceCard

ID_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
LANGUAGE_NAMES = {"en": "English", "ru": "Russian"}


@dataclass(frozen=True, slots=True)
class Writer:
    """What an agent needs to have its findings worded; `models` None: templates only."""

    lang: str
    deadline: Deadline
    models: ModelManager | None = None
    is_required: bool = False

    async def word(
        self, task: Task, findings: Sequence[Finding], cards: Sequence[EvidenceCard]
    ) -> AgentDraft:
        """Give `findings` in a model's words where the route has one, else as they are.

        The model sees only the findings and the evidence; a sentence that cites an id which was
        not issued for this call, or no id, is dropped here and a warning counts it. With nothing
        left the templates stand.
        """
        local = AgentDraft(findings=tuple(findings))
        if self.models is None or not findings or not self.models.models_for(task):
            return local
        ids = _issue_ids(cards)
        reply = await self.models.draft(
            task,
            _messages(task, findings, cards, ids, self.lang),
            deadline=self.deadline,
            require=self.is_required,
        )
        if reply is None or not reply.draft.claims:
            failed = say(self.lang, "writer-warn-model", task=task)
            return local.model_copy(update={"warnings": (failed,)})
        worded = _findings(reply.draft, {short: article for article, short in ids.items()})
        n_dropped = len(reply.draft.claims) - len(worded)
        dropped = (say(self.lang, "writer-warn-dropped", n=n_dropped),) if n_dropped else ()
        if not worded:
            return local.model_copy(update={"warnings": dropped})
        return AgentDraft(
            findings=worded, model=reply.model, tldr=reply.draft.tldr, warnings=dropped
        )


def _issue_ids(cards: Sequence[EvidenceCard]) -> dict[int, str]:
    """Give each article an opaque id that means nothing outside this call."""
    issued: dict[int, str] = {}
    while len(issued) < len(cards):
        short = "".join(secrets.choice(ID_LETTERS) for _ in range(4))
        if short not in issued.values():
            issued[cards[len(issued)].article_id] = short
    return issued


def _messages(
    task: Task,
    findings: Sequence[Finding],
    cards: Sequence[EvidenceCard],
    ids: dict[int, str],
    lang: str,
) -> list[Message]:
    fence = secrets.token_hex(8)
    prompt = resources.files("core.agents.prompts").joinpath("writer.md").read_text("utf-8")
    computed = "\n".join(
        f"- {f.text} {' '.join(f'[{ids[i]}]' for i in f.article_ids if i in ids)}"
        for f in findings
    )
    evidence = "\n".join(f"[{ids[c.article_id]}] {c.title} — {c.snippet}" for c in cards)
    return [
        Message(
            role="system",
            content=prompt.format(task=task, language=LANGUAGE_NAMES.get(lang, lang), fence=fence),
        ),
        Message(
            role="user",
            content=f"Computed:\n{computed}\n\n<{fence}>\n{evidence}\n</{fence}>",
        ),
    ]


def _findings(draft: Draft, articles: dict[str, int]) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            type="fact",
            text=claim.text,
            article_ids=tuple(articles[ref] for ref in claim.refs),
            is_computed=False,
        )
        for claim in draft.claims
        if _is_citable(claim, articles)
    )


def _is_citable(claim: Claim, articles: dict[str, int]) -> bool:
    return bool(claim.refs) and bool(claim.text.strip()) and all(r in articles for r in claim.refs)
