"""One call to one model: its place, its quota, its money, its time, and what is counted of it."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager

from core.errors import ModelFailed
from core.llm.asking import OnText
from core.llm.deadline import Deadline
from core.llm.estimates import estimate_input
from core.llm.health import Health
from core.llm.parts import ManagerParts
from core.llm.purse import Bill, Hold, Purse
from core.llm.quotas import Held, Quotas
from core.llm.telemetry import OUTCOMES, Telemetry
from core.llm.walk import NotCalled, Passed, Try, Walk
from core.ports.chat_model import ChatModel
from schemas.llm import Message, ModelCall, ModelReply, StepReason, Usage
from schemas.spending import UNITS, Scope

MIN_ATTEMPT_S = 0.2
"""A call with less time than this cannot end well and is not begun."""

MARGIN_S = 0.05
"""An adapter gives up this much before the manager does: it knows whether anything was sent."""

NOTHING = Usage()
"""A provider that counts no token at all has told nothing."""


class Caller:
    """Makes single calls; decides nothing about what follows."""

    def __init__(
        self, models: Mapping[str, ChatModel], parts: ManagerParts, *, health: Health, purse: Purse
    ) -> None:
        self._models = models
        self._entries = parts.entries
        self._health = health
        self._purse = purse
        self._quotas = Quotas(parts)
        self._telemetry = Telemetry(parts.metrics)
        self._slots = {name: asyncio.Semaphore(parts.entries[name].in_flight) for name in models}

    async def call(
        self, walk: Walk, name: str, *, messages: tuple[Message, ...], attempt: Deadline
    ) -> ModelReply | Passed:
        """Make one call within what is left of `attempt`, or say why it gave nothing."""
        tokens = estimate_input(walk.ask.task, messages)
        this = Try(walk, name, messages=messages, attempt=attempt, input_tokens=tokens)
        try:
            _require_time(attempt)
            if this.most_tokens > self._entries[name].context_tokens:
                raise NotCalled(Passed("context_too_long"))
            async with self._health.attempt(name), self._slot(this), self._quota(this) as held:
                return await self._charge(this, held)
        except NotCalled as stop:
            return stop.passed
        except ModelFailed as error:
            return Passed(_reason(error), failure=error)

    def most(self, walk: Walk, name: str, *, scope: Scope) -> int:
        """Give the most that the walk's form of the request takes of `scope`, in its unit.

        Raises:
            NotCalled: Nobody knows the price of the model.
        """
        tokens = estimate_input(walk.ask.task, walk.variant.messages)
        reservation = self._purse.plan(walk, name, input_tokens=tokens)
        if reservation is None:
            return 0
        is_tokens = UNITS[scope.kind] == "tokens"
        return reservation.max_tokens if is_tokens else reservation.max_micro_usd

    @asynccontextmanager
    async def _slot(self, this: Try) -> AsyncIterator[None]:
        """Wait for one of the model's places.

        Raises:
            NotCalled: None became free in time, with the reason `busy`.
        """
        slots = self._slots[this.name]
        if not slots.locked():
            await slots.acquire()  # at once
        else:
            try:
                async with asyncio.timeout(max(0.0, this.attempt.left() - MIN_ATTEMPT_S)):
                    await slots.acquire()
            except TimeoutError as error:
                raise NotCalled(Passed("busy")) from error
        try:
            yield
        finally:
            slots.release()

    @asynccontextmanager
    async def _quota(self, this: Try) -> AsyncIterator[Held]:
        held = await self._quotas.hold(
            this.name, this.most_tokens, left_s=this.attempt.left() - MIN_ATTEMPT_S
        )
        try:
            yield held
        except NotCalled:
            self._quotas.give_back(held)
            raise

    async def _charge(self, this: Try, held: Held) -> ModelReply:
        """Reserve, call, settle.

        Raises:
            NotCalled: There is no room, or no time is left once there is.
            ModelFailed: The call failed.
        """
        plan = self._purse.plan(this.walk, this.name, input_tokens=this.input_tokens)
        hold = None
        if plan is not None:
            hold = await self._purse.reserve(plan, left_s=this.attempt.left())
        started_at = time.monotonic()
        try:
            _require_time(this.attempt)
            reply = await self._ask(this)
        except NotCalled:
            self._abandon(this, hold, Bill(None, 0, is_sent=False))
            raise
        except ModelFailed as error:
            self._end(this, hold, _failed(error, started_at), held)
            raise
        except BaseException:
            # Cancelled in flight, or a bug: it was sent, and nobody knows what it cost.
            self._abandon(this, hold, Bill(None, _ms_since(started_at)))
            raise
        usage = reply.usage if reply.usage != NOTHING else None
        bill = Bill("ok", _ms_since(started_at), usage=usage, model=reply.model)
        self._end(this, hold, bill, held)
        return reply

    async def _ask(self, this: Try) -> ModelReply:
        """Let the adapter make the call.

        Raises:
            ModelFailed: It said so, or gave nothing in its time.
        """
        ask, timeout_s = this.walk.ask, this.attempt.left()
        call = ModelCall(
            task=ask.task,
            messages=this.messages,
            max_tokens=ask.max_tokens,
            timeout_s=timeout_s - MARGIN_S,
        )
        model = self._models[this.name]
        try:
            async with asyncio.timeout(timeout_s):
                if ask.on_text is None:
                    return await model.draft(call)
                return await _read(model.stream(call), ask.on_text)
        except TimeoutError as error:
            raise ModelFailed(
                f"{this.name} did not answer {ask.task!r} within {timeout_s:.1f} s", kind="timeout"
            ) from error

    def _end(self, this: Try, hold: Hold | None, bill: Bill, held: Held) -> None:
        """Give back what a call held, count it, and have it settled."""
        if not bill.is_sent:
            self._quotas.give_back(held)
        elif bill.usage is not None:
            used = bill.usage.input_tokens + bill.usage.output_tokens
            self._quotas.give_back(held, tokens=this.most_tokens - used)
        walk = this.walk
        if hold is None:
            micro_usd = self._purse.cost(this.name, bill)
            self._telemetry.call(walk.ask.task, this.name, bill, micro_usd=micro_usd)
            walk.micro_usd += micro_usd or 0
            return
        self._close(this, hold, bill)

    def _abandon(self, this: Try, hold: Hold | None, bill: Bill) -> None:
        if hold is not None:
            self._close(this, hold, bill)

    def _close(self, this: Try, hold: Hold, bill: Bill) -> None:
        settlement = self._purse.close(this.walk, hold, bill)
        self._telemetry.call(this.walk.ask.task, this.name, bill, micro_usd=settlement.micro_usd)
        this.walk.micro_usd += settlement.micro_usd
        self._purse.settle(hold.reservation.run_id, settlement)


async def _read(stream: AsyncIterator[str | ModelReply], on_text: OnText) -> ModelReply:
    """Tell how a reply grows, and give it."""
    n_chars = 0
    try:
        async for piece in stream:
            if isinstance(piece, ModelReply):
                return piece
            n_chars += len(piece)
            await on_text(n_chars)
    finally:
        if isinstance(stream, AsyncGenerator):
            await stream.aclose()
    raise ModelFailed("its stream ended without a reply", kind="overloaded")


def _require_time(attempt: Deadline) -> None:
    if attempt.left() < MIN_ATTEMPT_S:
        raise NotCalled(Passed("time"))


def _failed(error: ModelFailed, started_at: float) -> Bill:
    answered = error.answered
    usage = None if answered is None or answered.usage == NOTHING else answered.usage
    return Bill(
        OUTCOMES[error.kind],
        _ms_since(started_at),
        usage=usage,
        model=None if answered is None else answered.model,
        is_sent=error.is_sent,
    )


def _reason(error: ModelFailed) -> StepReason:
    if error.is_exhausted:
        return "quota"
    return "context_too_long" if error.kind == "context_too_long" else OUTCOMES[error.kind]


def _ms_since(started_at: float) -> int:
    return round((time.monotonic() - started_at) * 1_000)
