"""What the model manager works with."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from core.breaker import Breaker
from core.llm.pricing import Prices
from core.ports.cache import Cache
from core.ports.ledger import BudgetLedger
from monitoring.metrics import Metrics
from schemas.model_settings import ModelEntry


@dataclass(frozen=True, slots=True)
class ManagerParts:
    """What the model manager works with.

    Attributes:
        breaker: Keeps calls away from a model that keeps failing; shared by replicas.
        cache: Where the quotas of models are counted; shared by replicas.
        metrics: What is counted of attempts.
        prices: What models cost.
        entries: Each wired model's entry, by the name in the routes.
        ledger: Where money is reserved; None: nothing is charged.
        warn_share: Share of a day's limit from which answers warn.
        is_local_allowed: Whether plain code may answer when no model can.
        fingerprints: A digest of each model's key, by name. A new key has a breaker and quotas of
            its own; nothing of the key can be read from it.
        wall_clock: Seconds since 1970 by which providers count minutes and days; not the time that
            the desk may pretend.
    """

    breaker: Breaker
    cache: Cache
    metrics: Metrics
    prices: Prices
    entries: Mapping[str, ModelEntry]
    ledger: BudgetLedger | None = None
    warn_share: float = 0.8
    is_local_allowed: bool = True
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    wall_clock: Callable[[], float] = time.time

    def key_of(self, name: str) -> str:
        """The name under which a model with its key is counted."""
        digest = self.fingerprints.get(name)
        return f"model:{name}" if digest is None else f"model:{name}:{digest}"
