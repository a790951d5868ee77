"""Which agent says what, in whose words, and which of its lines are kept."""

from collections.abc import Mapping
from dataclasses import replace

from core.agents.keyphrases import draft_keyphrases, draft_new_words
from core.agents.sentiment import draft_sentiment
from core.agents.topics import draft_themes, draft_topics
from core.agents.writer import Writer
from core.llm.deadline import Deadline
from core.llm.routes import LOCAL
from core.orchestrator import compose as words
from core.orchestrator.state import State, Tools
from core.policy.gate import MAX_INSIGHTS, DraftAnswer
from schemas.drafts import AgentDraft, Finding
from schemas.llm import Task
from schemas.requests import Depth

TASKS: Mapping[str, Task] = {
    "topics": "topic_modeler",
    "sentiment": "sentiment_emotion",
    "keyphrases": "keyphrase_mining",
}
"""What each agent is to the routes."""


async def draft_by(name: str, state: State, writer: Writer) -> AgentDraft:
    """Let an agent, one of `TASKS`, draft its findings over the facts of the state."""
    facts, cards = state["facts"], state["cards"]
    is_trends = state["request"].command == "trends"
    if name == "sentiment":
        return await draft_sentiment(facts.sentiment, cards, writer)
    if name == "topics":
        return await (draft_topics if is_trends else draft_themes)(facts, cards, writer)
    return await (draft_new_words if is_trends else draft_keyphrases)(facts, cards, writer)


def choose(drafts: dict[str, AgentDraft]) -> list[Finding]:
    """Give up to five lines: topics lead, the mood and new words keep a line each."""
    topics = list(drafts["topics"].findings) if "topics" in drafts else []
    others = [d.findings for name, d in drafts.items() if name != "topics"]
    if not topics:
        return [finding for findings in others for finding in findings][:MAX_INSIGHTS]
    extras = [findings[0] for findings in others if findings]
    room = MAX_INSIGHTS - len(extras)
    return topics[:room] + extras


def has_wanted_model(depth: Depth | None, tools: Tools, drafts: dict[str, AgentDraft]) -> bool:
    """Say no when the request insists on a model and no route of its steps names one."""
    if depth != "enhanced" or tools.models is None:
        return True
    tasks: list[Task] = ["compose", *(TASKS[name] for name in drafts)]
    return any(tools.models.models_for(task) for task in tasks)


async def in_templates(answer: DraftAnswer, state: State) -> DraftAnswer | None:
    """Give the answer in the words of templates; None when it is that already, or has none."""
    if all(finding.is_computed for finding in answer.insights):
        return None
    writer = Writer(lang=state["request"].reply_lang, deadline=Deadline(0))
    names = state.get("drafts", {})
    findings = choose({name: await draft_by(name, state, writer) for name in names})
    if not findings:
        return None
    return replace(
        answer,
        insights=tuple(findings),
        tldr=words.tldr(state["request"], state["facts"], findings[0].text),
        is_tldr_computed=True,
        meta=answer.meta.model_copy(update={"model": LOCAL}),
    )
