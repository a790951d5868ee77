"""What agents hand to the composer, before the policy gate."""

from schemas.analysis import InsightType
from schemas.base import Frozen


class Finding(Frozen):
    """One sentence with the articles it rests on, best first.

    `is_computed`: a template filled from facts; otherwise a model's words, which are checked
    harder.
    """

    type: InsightType
    text: str
    article_ids: tuple[int, ...]
    is_computed: bool = True


class AgentDraft(Frozen):
    """An agent's findings, strongest first; `model` is the id that worded them, or "local"."""

    findings: tuple[Finding, ...]
    model: str = "local"
    tldr: str | None = None
    warnings: tuple[str, ...] = ()
