"""What agents hand to the composer, before the policy gate."""

from pydantic import Field

from schemas.analysis import InsightType
from schemas.base import Frozen


class Finding(Frozen):
    """One sentence with the articles it rests on, best first.

    `is_computed`: a template filled from facts; otherwise a model's words, which are checked
    harder. `basis` is the computed sentence that a model's sentence words; empty: there is none.
    """

    type: InsightType
    text: str
    article_ids: tuple[int, ...]
    is_computed: bool = True
    basis: str = ""


class AgentDraft(Frozen):
    """An agent's findings, strongest first; `model` is the id that worded them, or "local".

    `labels` maps places in the topics of the facts to names that a model gave them. `is_answered`:
    a model replied, whether or not its words were of use.
    """

    findings: tuple[Finding, ...]
    model: str = "local"
    tldr: str | None = None
    labels: dict[int, str] = Field(default_factory=dict)
    is_answered: bool = False
