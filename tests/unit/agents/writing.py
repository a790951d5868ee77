"""Articles, briefs and models for the tests of writers."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from core.agents.brief import Brief
from core.agents.showing import Shown, show
from core.agents.writer import Writer
from core.breaker import Breaker
from core.llm.deadline import Deadline
from core.llm.manager import ManagerParts, ModelManager
from core.llm.pricing import Prices
from core.llm.routes import Route
from core.ports.chat_model import ChatModel
from monitoring.metrics import Metrics
from schemas.drafts import Finding
from schemas.llm import AnyDraft, ModelCall, Task
from schemas.model_settings import ModelEntry, ModelPrice
from schemas.runs import EvidenceCard
from services.adapters.cache.memory import MemoryCache
from services.adapters.llm.scripted import ScriptedModel

FREE = ModelEntry(provider="scripted", model="scripted", price=ModelPrice(input=0, output=0))
EVERY_TASK: tuple[Task, ...] = (
    "keyphrase_mining",
    "query_expansion",
    "sentiment_emotion",
    "topic_modeler",
    "compose",
)


def card(article_id: int, **more: Any) -> EvidenceCard:
    """An article about a ferry."""
    values: dict[str, Any] = {
        "article_id": article_id,
        "title": f"The island ferry stops at pier {article_id}",
        "url": None,
        "date": "2025-03-12",
        "source": "Gazette",
        "family": f"gazette{article_id}",
        "snippet": "The ferry stopped at noon.",
        "lang": "en",
    }
    return EvidenceCard(**(values | more))


def line(text: str, *article_ids: int, **more: Any) -> Finding:
    """A computed sentence."""
    return Finding(**({"type": "fact", "text": text, "article_ids": article_ids} | more))


def claim(text: str, *article_ids: int, **more: Any) -> Finding:
    """A model's sentence."""
    return line(text, *article_ids, is_computed=False, **more)


def shown(brief: Brief, cards: Sequence[EvidenceCard], *, limit: int = 10, seed: int = 7) -> Shown:
    """What models are shown, under names that do not change from run to run."""
    return show([brief], cards, limit=limit, pick=random.Random(seed).choice)


def manager(model: ChatModel, *, tasks: Sequence[Task] = EVERY_TASK, **more: Any) -> ModelManager:
    """A manager of one model that costs nothing."""
    cache = MemoryCache()
    return ModelManager(
        {"scripted": model},
        {task: Route(models=("scripted",)) for task in tasks},
        parts=ManagerParts(
            breaker=Breaker(cache),
            cache=cache,
            metrics=Metrics(),
            prices=Prices({"scripted": FREE}, lambda *_: None),
            entries={"scripted": FREE},
            **more,
        ),
    )


def writer(
    say: Callable[[ModelCall], AnyDraft] | ChatModel,
    what: Shown,
    *,
    seconds: float = 5,
    **more: Any,
) -> Writer:
    """A writer whose model says what a test wants."""
    model = ScriptedModel(script=say) if callable(say) else say
    models = more.pop("models", None) or manager(model)
    values: dict[str, Any] = {"lang": "en", "clean": str, "deadline": Deadline(seconds)} | more
    return Writer(models=models, shown=what, **values)
