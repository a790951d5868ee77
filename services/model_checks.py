"""One cheap call to each model, and the operator's line for each way in which it can fail."""

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from core.errors import ModelFailed
from core.llm.budget import Account
from core.llm.calling import NOTHING, Caller
from core.llm.deadline import Deadline
from core.llm.health import Health
from core.llm.ladder import Variant
from core.llm.manager import Ask
from core.llm.parts import ManagerParts
from core.llm.purse import Purse
from core.llm.walk import Passed, Walk
from core.ports.chat_model import ChatModel
from core.rendering.source_words import shown_address
from schemas.llm import FailureKind, Message, ModelReply, StepReason
from schemas.model_reports import CheckLine, ClockLine
from schemas.model_settings import BudgetSettings
from schemas.principal import DEFAULT_TENANT
from schemas.spending import Purpose
from services.model_keys import ENTRIES_SETTING, VENDORS

OPERATOR = "operator"
"""Whom the trials of the command line are charged to; no person has this id."""

MAX_TOKENS = 424
"""Of a reply, reasoning included: what the lightest task of an answer allows too."""

CLOCK_OFF_S = 120.0
"""A clock that is wrong by this is worth a word; keys and certificates fail later than that."""

_ASKED = Variant(
    messages=(
        Message(
            role="system",
            content="This is a trial of the connection. Reply with one JSON object of the schema.",
        ),
        Message(role="user", content="Query: harbour ferry\nGive one other way to ask for it."),
    ),
    step=None,
    n_documents=0,
)
_OF_KIND: Mapping[FailureKind, str] = {
    "auth": "put a valid key there; the vendor's console shows whether it was revoked or expired",
    "bad_request": "correct that address, and restart the desk",
    "timeout": "try again; if it stays so, look at the network, a proxy, or the status page",
    "overloaded": "try again; if it stays so, look at the network, a proxy, or the status page",
    "rate_limited": "wait, or raise the limit at the vendor",
    "content_policy": "the vendor stops even harmless words: ask its support",
    "context_too_long": f"the model reads too little: name another one in {ENTRIES_SETTING}",
    "schema_invalid": f"it does not keep to the form of a reply: name another model in "
    f"{ENTRIES_SETTING}",
}
_OF_REASON: Mapping[StepReason, tuple[str, str]] = {
    "unpriced": (
        "nobody knows what it costs, so it was not called",
        f"set its `price` in {ENTRIES_SETTING}, zeros where it costs nothing",
    ),
    "money": (
        "not called: the day's money for models is used up",
        "wait for midnight UTC, or raise NEWSDESK_BUDGET__GLOBAL_DAY_USD and its siblings",
    ),
    "tokens": (
        "not called: one command may use too few tokens",
        "raise NEWSDESK_BUDGET__COMMAND_TOKENS",
    ),
    "quota": (
        "not called: its quota in the settings is used up",
        f"wait, or raise the quota of the entry in {ENTRIES_SETTING}",
    ),
    "busy": ("not called: too many calls are under way", "try again"),
    "time": ("not called: no time was left", "raise NEWSDESK_MODEL__ATTEMPT_S"),
    "ledger": (
        "not called: what it costs could not be written down",
        "see `newsdesk doctor`: the database",
    ),
    "context_too_long": (
        "not called: the trial is longer than the entry's context_tokens",
        f"raise context_tokens of the entry in {ENTRIES_SETTING}",
    ),
}


def operators_account(purpose: Purpose, limits: BudgetSettings, at: datetime) -> Account:
    """Give the account that trials are charged to: an operator's day, and everybody's."""
    return Account(
        run_id=f"{purpose}-{secrets.token_hex(6)}",
        command=purpose,
        tenant=DEFAULT_TENANT,
        person=OPERATOR,
        chat=None,
        at=at,
        limits=limits,
    )


class _QuietHealth(Health):
    """Writes no log lines: the report tells the operator the same."""

    def report(self, name: str, trouble: str, *, error: str | None = None) -> None:
        """Leave it to the report."""


class Checks:
    """Calls each model once, all at the same time; each call is reserved and settled.

    Args:
        models: Whom to call, by the names in routes.
        parts: Ledger, prices, quotas; its breaker must be of this trial alone.
        account: Gives a new account for each call.
        attempt_s: The longest that one call may take.
    """

    def __init__(
        self,
        models: Mapping[str, ChatModel],
        parts: ManagerParts,
        *,
        account: Callable[[], Account],
        attempt_s: float,
    ) -> None:
        self._models = models
        self._parts = parts
        self._account = account
        self._attempt_s = attempt_s

    async def run(self, told: Callable[[int, int | None], None]) -> tuple[CheckLine, ...]:
        """Give one line for each model, in their order; `told` hears how many are done."""
        purse = Purse(self._parts)
        caller = Caller(
            self._models, self._parts, health=_QuietHealth(self._parts, ()), purse=purse
        )
        n_done = 0

        async def one(name: str) -> CheckLine:
            nonlocal n_done
            line = await self._check(caller, name)
            n_done += 1
            told(n_done, len(self._models))
            return line

        told(0, len(self._models))
        try:
            return tuple(await asyncio.gather(*map(one, self._models)))
        finally:
            await purse.aclose()

    async def _check(self, caller: Caller, name: str) -> CheckLine:
        entry = self._parts.entries[name]
        ask = Ask(
            task="query_expansion",
            variants=(_ASKED,),
            account=self._account(),
            max_tokens=MAX_TOKENS,
        )
        walk = Walk.begin(ask, Deadline(self._attempt_s))
        began_at = time.monotonic()
        answer = await caller.call(
            walk, name, messages=_ASKED.messages, attempt=Deadline(self._attempt_s)
        )
        took_ms = round((time.monotonic() - began_at) * 1_000)
        line = CheckLine(
            name=name,
            provider=entry.provider,
            model=entry.model,
            is_ok=False,
            micro_usd=walk.micro_usd,
        )
        if isinstance(answer, ModelReply):
            update = {
                "is_ok": True,
                "answered_by": answer.model,
                "latency_ms": took_ms,
                "is_estimate": answer.usage == NOTHING,
            }
            return line.model_copy(update=update)
        return line.model_copy(update=_failure(name, answer, took_ms))


def _failure(name: str, passed: Passed, took_ms: int) -> dict[str, object]:
    """Say what went wrong, and what to do."""
    failure = passed.failure
    if failure is None:
        problem, advice = _OF_REASON.get(passed.reason, (f"not called: {passed.reason}", ""))
        if passed.refused is not None:
            problem += f" ({passed.refused.scope.kind})"
        return {"problem": problem, "advice": advice}
    told = failure.answered
    is_known = told is not None and told.usage != NOTHING
    return {
        "problem": re.sub(rf"^{re.escape(name)}( \([^)]*\))?: ", "", str(failure)),
        "advice": _advice(failure),
        "latency_ms": took_ms,
        "answered_by": None if told is None else told.model,
        "is_estimate": failure.is_sent and not is_known,
    }


def _advice(failure: ModelFailed) -> str:
    if failure.is_exhausted:
        return "pay or raise the limit at the vendor, or wait for its next day"
    if failure.kind == "bad_request" and "model id" in str(failure):
        return f"name an id that exists there as `model` of the entry in {ENTRIES_SETTING}"
    if "certificate" in str(failure).casefold():
        return (
            "a clock that is wrong makes certificates fail: set this machine's; or a proxy is in "
            "between"
        )
    return _OF_KIND[failure.kind]


async def look_at_clocks(
    urls: Sequence[str],
    server_date: Callable[[str], Awaitable[datetime | None]],
    wall_clock: Callable[[], datetime],
) -> tuple[ClockLine, ...]:
    """Compare this machine's clock with each server's, and give those that differ."""

    async def one(url: str) -> ClockLine | None:
        theirs = await server_date(url)
        if theirs is None:
            return None
        ahead_s = (wall_clock() - theirs).total_seconds()
        if abs(ahead_s) < CLOCK_OFF_S:
            return None
        return ClockLine(url=shown_address(url), ahead_s=round(ahead_s))

    servers = {_server(url): url for url in urls}
    found = await asyncio.gather(*map(one, servers.values()))
    return tuple(line for line in found if line is not None)


def advised(line: CheckLine, url: str | None, clocks: Sequence[ClockLine]) -> CheckLine:
    """Add to a failed check what else may be behind it: the clock, the vendor's own trouble."""
    if line.is_ok or not line.problem:
        return line
    advice = line.advice
    if url is not None and any(_server(clock.url) == _server(url) for clock in clocks):
        advice = f"first set this machine's clock, which may be all: {advice}"
    vendor = VENDORS.get(line.provider)
    own = "that server's log"
    advice = advice.replace("the status page", own if vendor is None else vendor.status_page)
    return line.model_copy(update={"advice": advice})


def _server(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
