"""The one place that decides which model speaks, tries again, or falls back."""

import asyncio
from collections.abc import Mapping, Sequence

from core.errors import BudgetExceeded, ModelUnavailable
from core.llm.asking import Ask, Drafted
from core.llm.attempts import Attempts
from core.llm.calling import MIN_ATTEMPT_S, Caller
from core.llm.deadline import Deadline
from core.llm.health import Health
from core.llm.parts import ManagerParts
from core.llm.purse import Purse
from core.llm.routes import Route, Routes
from core.llm.telemetry import Telemetry
from core.llm.walk import Passed, Walk
from core.ports.chat_model import ChatModel
from schemas.llm import ModelReply, Task

__all__ = ["Ask", "Drafted", "ManagerParts", "ModelManager"]

RESERVE_S = 1.0
"""Always left of the deadline, for the local answer, composing and validating."""

SHARE_WHILE_OTHERS_FOLLOW = 0.6


class ModelManager:
    """Walks the route of a task until a model answers.

    An attempt gets at most 60 % of what is left of the deadline while another model follows, never
    more than the route's ceiling, and one second is always left. What an attempt may do on its
    model is in `attempts`; each call is reserved before and settled after it. A model that was
    silent to an earlier question of the same run is asked only where nobody else is left.
    """

    def __init__(
        self, models: Mapping[str, ChatModel], routes: Routes, *, parts: ManagerParts
    ) -> None:
        unknown = sorted(set(models) - set(parts.entries))
        if unknown:
            raise ValueError(f"models without an entry: {', '.join(unknown)!r}; add them to it")
        self._models = models
        self._routes = routes
        self._parts = parts
        self._purse = Purse(parts)
        self._health = Health(parts, [self.models_for(task) for task in routes])
        self._attempts = Attempts(Caller(models, parts, health=self._health, purse=self._purse))
        self._telemetry = Telemetry(parts.metrics)

    def models_for(self, task: Task) -> tuple[str, ...]:
        """The names of the models that may do `task`, first choice first; empty: local only."""
        route = self._routes.get(task, Route())
        return tuple(name for name in route.models if name in self._models)

    async def start(self) -> None:
        """Look up prices, off the event loop, and say which models can be called."""
        await asyncio.to_thread(self._parts.prices.warm)
        await self.refresh()

    async def refresh(self) -> None:
        """Say anew which models can be called: other replicas change it too."""
        await self._health.refresh()

    async def draft(self, ask: Ask, *, deadline: Deadline) -> Drafted:
        """Ask the models of a task, one after the other, for a draft.

        Args:
            ask: The question; its first form is tried first.
            deadline: Shared by the whole request.

        Returns:
            The first reply and how it was reached; without a reply when no model of the route is
            wired or none answered, so the local answer must do.

        Raises:
            ModelUnavailable: None answered, and the request insists on a model or plain code may
                not answer.
            BudgetExceeded: Likewise, and money or tokens were the reason.
        """
        walk = Walk.begin(ask, deadline)
        names = self.models_for(ask.task)
        silent = set[str]() if ask.account is None else ask.account.silent
        for i, name in enumerate(names):
            if walk.is_broke and not self._is_free(name):
                continue
            result: ModelReply | Passed = Passed("timeout")
            if name not in silent or silent.issuperset(names[i:]):
                result = await self._attempt(walk, name, has_follower=i + 1 < len(names))
            if isinstance(result, ModelReply):
                return _drafted(walk, reply=result, name=name)
            if result.reason == "timeout":
                silent.add(name)
            walk.passed.append((name, result))
            following = self._following(walk, names[i + 1 :])
            self._pass_over(walk, name, result, following=following)
            if following is None:
                break
        if ask.is_required or (names and not self._parts.is_local_allowed):
            raise _refusal(walk)
        return _drafted(walk)

    async def settled(self, run_id: str) -> None:
        """Wait until what a run's calls cost is written, but not for long."""
        await self._purse.settled(run_id)

    async def aclose(self) -> None:
        """Finish what is being settled, then release the models' connections."""
        await self._purse.aclose()
        for model in self._models.values():
            await model.aclose()

    async def _attempt(self, walk: Walk, name: str, *, has_follower: bool) -> ModelReply | Passed:
        if _is_late(walk.deadline):
            return Passed("time")
        walk.has_follower = has_follower
        left = walk.deadline.left()
        seconds = min(left - RESERVE_S, self._routes[walk.ask.task].ceiling_s)
        if has_follower:
            seconds = min(seconds, SHARE_WHILE_OTHERS_FOLLOW * left)
        return await self._attempts.run(walk, name, seconds=seconds)

    def _following(self, walk: Walk, names: Sequence[str]) -> str | None:
        """The next model that may be tried; None: plain code follows."""
        if _is_late(walk.deadline):
            return None
        return next((n for n in names if not walk.is_broke or self._is_free(n)), None)

    def _pass_over(self, walk: Walk, name: str, why: Passed, *, following: str | None) -> None:
        task = walk.ask.task
        walk.note("local" if following is None else "next_model", why.reason, name)
        self._telemetry.fallback(task, name, to_model=following, reason=why.reason)
        if why.reason == "unpriced":
            self._health.report(name, "unpriced")

    def _is_free(self, name: str) -> bool:
        price = self._parts.prices.find(name)
        return price is not None and price.is_free


def _is_late(deadline: Deadline) -> bool:
    return deadline.left() - RESERVE_S < MIN_ATTEMPT_S


def _drafted(walk: Walk, *, reply: ModelReply | None = None, name: str | None = None) -> Drafted:
    return Drafted(
        reply=reply,
        name=name,
        notes=tuple(walk.notes),
        micro_usd=walk.micro_usd,
        near_limits=tuple(walk.near),
    )


def _refusal(walk: Walk) -> ModelUnavailable | BudgetExceeded:
    """Say why no model answered: a budget, when nothing else was in the way."""
    task = walk.ask.task
    refused = [passed.refused for _, passed in walk.passed if passed.refused is not None]
    if refused and (walk.is_broke or len(refused) == len(walk.passed)):
        last = refused[-1]
        return BudgetExceeded(
            f"no model may work on {task!r}: {last.used} of {last.scope.limit} are used of the "
            f"limit {last.scope.kind!r}; ask without a model, or raise the limit",
            scope=last.scope.kind,
        )
    tried = "; ".join(f"{name}: {passed.reason}" for name, passed in walk.passed)
    return ModelUnavailable(
        f"no model answered for {task!r} ({tried or 'none is configured'}); see `newsdesk doctor`"
    )
