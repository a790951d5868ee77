"""Routes walked without their first choice, then commands without any model: who answers?"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from core.access import system_principal
from core.agents.prompting import instructions
from core.errors import BudgetExceeded, ModelUnavailable
from core.llm.budget import Account
from core.llm.deadline import Deadline
from core.llm.ladder import Variant
from core.llm.manager import Ask, Drafted, ManagerParts, ModelManager
from core.llm.routes import LOCAL, Route, build_routes
from core.ports.chat_model import ChatModel
from schemas.analysis import AnalysisResponse
from schemas.llm import Message, Task
from schemas.model_reports import DrillLine
from schemas.principal import Principal
from schemas.requests import Command, NewsRequest
from schemas.runs import Reply
from schemas.settings import Settings

MAX_TOKENS = 650
"""Of a reply, reasoning included: room for two claims, a label and a summary."""

COMMANDS: tuple[Command, ...] = ("trends", "keywords", "sentiment", "topics")
_NO_MATTER = frozenset({"NO_DATA"})
"""Refusals that plain code gives soundly: nothing is wrong with it."""

_EVIDENCE = (
    "Evidence:\n"
    "[d1] A ferry line opens between two harbours — The first ship left at noon with 40 people. "
    "(Newsdesk drill, 2026-03-02)"
)
_COMPUTED = "Computed:\n1. Ferries are the most covered topic: 1 article. [d1]"
_DATA: Mapping[Task, str] = {
    "keyphrase_mining": f"{_COMPUTED}\n{_EVIDENCE}",
    "query_expansion": f"Query: ferry line\n{_EVIDENCE}",
    "sentiment_emotion": f"{_COMPUTED}\n{_EVIDENCE}",
    "topic_modeler": f"{_COMPUTED}\nTopics:\n- [t1] ferries (ferry, harbour)\n{_EVIDENCE}",
    "compose": f"{_COMPUTED}\n{_EVIDENCE}",
}
"""What a model reads of each task: a made-up article and a made-up figure."""


class Drills:
    """Asks every route that has a model for words, its first choice left out.

    Args:
        models: What is wired, by the names in routes.
        parts: Ledger, prices, quotas; its breaker must be of this trial alone.
        settings: Routes, and how long each step of an answer may take.
        account: Gives a new account for each route.
        answer: Answers a command, for the last part, without any model.
    """

    def __init__(
        self,
        models: Mapping[str, ChatModel],
        parts: ManagerParts,
        *,
        settings: Settings,
        account: Callable[[], Account],
        answer: Callable[[Principal, NewsRequest], Awaitable[Reply]],
    ) -> None:
        self._settings = settings
        self._account = account
        self._answer = answer
        self._routes = build_routes(settings.model, is_on=True, available=models)
        without_first = {
            task: replace(route, models=route.models[1:]) for task, route in self._routes.items()
        }
        self._manager = ModelManager(models, without_first, parts=parts)

    async def run(self, told: Callable[[int, int | None], None]) -> tuple[DrillLine, ...]:
        """Give a line for each route, then one for each command without any model."""
        routes = [(task, route) for task, route in self._routes.items() if route.models]
        n_all, n_done = len(routes) + len(COMMANDS), 0

        def count() -> None:
            nonlocal n_done
            n_done += 1
            told(n_done, n_all)

        async def one(task: Task, route: Route) -> DrillLine:
            line = await self._walk(task, route)
            count()
            return line

        told(0, n_all)
        await self._manager.start()
        # At the same time, as the agents of an answer ask them.
        lines = list(await asyncio.gather(*(one(task, route) for task, route in routes)))
        for command in COMMANDS:
            lines.append(await self._locally(command))
            count()
        return tuple(lines)

    async def aclose(self) -> None:
        """Finish what is being settled, and release the models' connections."""
        await self._manager.aclose()

    async def _walk(self, task: Task, route: Route) -> DrillLine:
        """Walk one route without its first choice, within the time it has in an answer."""
        off, others = route.models[0], route.models[1:]
        seconds = self._seconds(task)
        ask = Ask(
            task=task, variants=(_variant(task),), account=self._account(), max_tokens=MAX_TOKENS
        )
        began_at = time.monotonic()
        problem = ""
        try:
            drafted = await self._manager.draft(ask, deadline=Deadline(seconds))
        except (ModelUnavailable, BudgetExceeded) as error:
            drafted, problem = Drafted(reply=None), str(error)
        took_ms = round((time.monotonic() - began_at) * 1_000)
        is_local = drafted.reply is None and self._is_local_allowed
        if drafted.reply is None and not problem:
            problem = _why_none(others, is_local=is_local)
        return DrillLine(
            task=task,
            off=off,
            by=LOCAL if is_local else drafted.name,
            answered_by=None if drafted.reply is None else drafted.reply.model,
            passed=_passed(drafted),
            took_ms=took_ms,
            deadline_s=seconds,
            micro_usd=drafted.micro_usd,
            is_ok=drafted.reply is not None or (is_local and not others),
            problem=problem,
        )

    @property
    def _is_local_allowed(self) -> bool:
        return self._settings.model.local_fallback == "on"

    def _seconds(self, task: Task) -> float:
        """Seconds that a task has in an answer: the composer has what the agents leave."""
        answer = self._settings.answer
        agents_s = min(answer.agents_s, answer.deadline_s)
        return max(answer.deadline_s - agents_s, 1.5) if task == "compose" else agents_s

    async def _locally(self, command: Command) -> DrillLine:
        """Have a command answered by plain code over the desk's own news."""
        began_at = time.monotonic()
        request = NewsRequest(command=command, depth="simple", is_fresh=True)
        reply = await self._answer(system_principal(), request)
        took_ms = round((time.monotonic() - began_at) * 1_000)
        response = reply.response
        problem = ""
        if not isinstance(response, AnalysisResponse) and response.error.code not in _NO_MATTER:
            problem = f"plain code did not answer: {response.error.code}"
        elif not self._is_local_allowed:
            problem = "plain code may not answer: NEWSDESK_MODEL__LOCAL_FALLBACK is off"
        return DrillLine(
            command=command,
            by=None if problem else LOCAL,
            took_ms=took_ms,
            deadline_s=self._settings.answer.deadline_s,
            is_ok=not problem,
            problem=problem,
        )


def _variant(task: Task) -> Variant:
    """Give a request as the writers of answers make it, over made-up news."""
    fence = f"data-{secrets.token_hex(4)}"
    system = instructions(task, lang="en", fence=fence, count=1)
    data = f"<{fence}>\n{_DATA[task]}\n</{fence}>"
    return Variant(
        messages=(Message(role="system", content=system), Message(role="user", content=data)),
        step=None,
        n_documents=1,
    )


def _why_none(others: tuple[str, ...], *, is_local: bool) -> str:
    who = "plain code answers" if is_local else "nobody answers"
    if not others:
        return f"no other model of this route can be called, so {who}"
    return f"no model behind it answered, so {who}"


def _passed(drafted: Drafted) -> tuple[str, ...]:
    """Name the models that gave nothing, each with its reason, in their order."""
    steps = [n for n in drafted.notes if n.step in ("next_model", "local") and n.model is not None]
    return tuple(f"{note.model}: {note.reason}" for note in steps)
