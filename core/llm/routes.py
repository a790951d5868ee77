"""Which models may do a task, in which order."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import get_args

from schemas.llm import Task
from schemas.model_settings import ModelSettings

LOCAL = "local"
"""The end of every route: plain code instead of a model."""

CEILINGS_S: Mapping[Task, float] = {
    "keyphrase_mining": 10.0,
    "query_expansion": 8.0,
    "sentiment_emotion": 12.0,
    "topic_modeler": 15.0,
    "compose": 4.0,
}
"""The longest that one attempt may take, whatever is left of the deadline."""


@dataclass(frozen=True, slots=True)
class Route:
    """The models of one task, first choice first, and the seconds one attempt may take."""

    models: tuple[str, ...] = ()
    ceiling_s: float = 8.0


Routes = Mapping[Task, Route]


def build_routes(settings: ModelSettings, *, is_on: bool, available: Collection[str]) -> Routes:
    """Give each task its route.

    Args:
        settings: Names the models of each task, and the ceiling of every attempt.
        is_on: Whether models may be used at all; when not, every route is empty.
        available: Names of the models that are wired. Others are no part of a route: passing them
            over is no fallback. Whatever stands after `local` is out of reach and left out.
    """
    return {
        task: Route(
            models=_chain(settings.routes.get(task, ()), available) if is_on else (),
            ceiling_s=min(CEILINGS_S[task], settings.attempt_s),
        )
        for task in get_args(Task)
    }


def _chain(names: tuple[str, ...], available: Collection[str]) -> tuple[str, ...]:
    before_local = names[: names.index(LOCAL)] if LOCAL in names else names
    return tuple(dict.fromkeys(name for name in before_local if name in available))
