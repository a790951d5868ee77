"""What each agent of a command has to say, and which of their lines are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.agents.brief import Brief
from core.agents.keyphrases import brief_keyphrases, brief_new_words
from core.agents.sentiment import brief_sentiment
from core.agents.topics import brief_stories, brief_themes
from core.llm.manager import ModelManager
from core.llm.routes import LOCAL
from core.orchestrator import compose as words
from core.orchestrator.state import State
from core.policy.gate import MAX_INSIGHTS, DraftAnswer
from schemas.drafts import AgentDraft, Finding
from schemas.facts import Facts
from schemas.llm import Task
from schemas.requests import Command, NewsRequest
from schemas.runs import EvidenceCard

AGENTS: Mapping[Command, tuple[str, ...]] = {
    "trends": ("topics", "sentiment", "keyphrases"),
    "keywords": ("keyphrases",),
    "sentiment": ("sentiment",),
    "topics": ("topics",),
    "stories": ("topics",),
}
"""Who has a say in a command; the first leads."""

TRENDS_EVIDENCE = 10
NAMED = 3
"""Topics of an overview that a model may name."""


def max_evidence(request: NewsRequest) -> int:
    """Give how many articles an answer may cite, and models may read of them."""
    return TRENDS_EVIDENCE if request.command == "trends" else request.k_final


def briefs_of(
    request: NewsRequest, facts: Facts, cards: Sequence[EvidenceCard]
) -> dict[str, Brief]:
    """Give what each agent of a command computed, in the reader's language."""
    lang, is_trends = request.reply_lang, request.command == "trends"
    briefs = {}
    for name in AGENTS[request.command]:
        if name == "topics":
            briefs[name] = (brief_stories if is_trends else brief_themes)(facts, cards, lang)
        elif name == "sentiment":
            briefs[name] = brief_sentiment(facts.sentiment, lang)
        else:
            briefs[name] = (brief_new_words if is_trends else brief_keyphrases)(facts, lang)
    return _narrowed(briefs) if is_trends else briefs


def _narrowed(briefs: dict[str, Brief]) -> dict[str, Brief]:
    """Offer to models only the lines that an overview has room for, with what they cite."""
    kept = choose({name: AgentDraft(findings=brief.findings) for name, brief in briefs.items()})
    return {
        name: replace(
            brief,
            n_offered=sum(any(f is line for line in kept) for f in brief.findings),
            optional=frozenset(),
            topics=dict(list(brief.topics.items())[:NAMED]),
            is_narrow=True,
        )
        for name, brief in briefs.items()
    }


def choose(drafts: Mapping[str, AgentDraft]) -> list[Finding]:
    """Give up to five lines: topics lead, the mood and new words keep a line each."""
    topics = list(drafts["topics"].findings) if "topics" in drafts else []
    others = [drafts[name].findings for name in sorted(drafts) if name != "topics"]
    if not topics:
        return [finding for findings in others for finding in findings][:MAX_INSIGHTS]
    extras = [findings[0] for findings in others if findings]
    room = MAX_INSIGHTS - len(extras)
    return topics[:room] + extras


def has_route(models: ModelManager, briefs: Mapping[str, Brief]) -> bool:
    """Say whether the route of any step names a model."""
    tasks: list[Task] = ["compose", *(brief.task for brief in briefs.values())]
    return any(models.models_for(task) for task in tasks)


def in_templates(answer: DraftAnswer, state: State) -> DraftAnswer | None:
    """Give the answer in the words of templates; None when it is that already, or has none."""
    if all(finding.is_computed for finding in answer.insights) and answer.is_tldr_computed:
        return None
    briefs = state.get("briefs", {})
    findings = choose({name: AgentDraft(findings=b.findings) for name, b in briefs.items()})
    if not findings:
        return None
    request, facts = state["request"], state["facts"]
    return replace(
        answer,
        insights=tuple(findings),
        tldr=words.tldr(request, facts, findings[0].text),
        is_tldr_computed=True,
        result=words.result_of(request, facts, state["cards"]) or answer.result,
        meta=answer.meta.model_copy(update={"model": LOCAL}),
    )
