"""What an agent computed, laid out for a writer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.drafts import Finding
from schemas.facts import TopicFact
from schemas.llm import Task


@dataclass(frozen=True, slots=True)
class Brief:
    """Computed sentences that a model may word, and what else it may know.

    Attributes:
        task: What wording them is to the routes.
        findings: Computed sentences, strongest first.
        n_offered: How many of them are put to a model; None: all. The rest stay as they are.
        optional: Places in `findings` that a model can do without.
        context: Computed sentences that cite nothing; a model can do without them too.
        topics: Topics that a model may name, by their place in the facts; it can do without.
        is_narrow: Whether a model reads only what the findings cite, not all that may be cited.
    """

    task: Task
    findings: tuple[Finding, ...]
    n_offered: int | None = None
    optional: frozenset[int] = frozenset()
    context: tuple[str, ...] = ()
    topics: Mapping[int, TopicFact] = field(default_factory=dict)
    is_narrow: bool = False

    @property
    def offered(self) -> tuple[Finding, ...]:
        """The findings that are put to a model."""
        return self.findings[: self.n_offered]
