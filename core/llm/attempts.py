"""One model's attempt: its calls, the retry, the repair, and leaner forms of the request."""

import asyncio
import random
import time
from dataclasses import dataclass

from core.errors import ModelFailed
from core.llm.calling import MIN_ATTEMPT_S, Caller
from core.llm.deadline import Deadline
from core.llm.ladder import LEAN_BELOW_S
from core.llm.walk import NotCalled, Passed, Walk
from core.ports.ledger import Refused
from schemas.llm import FailureKind, Message, ModelReply

TRANSIENT: frozenset[FailureKind] = frozenset({"timeout", "rate_limited", "overloaded"})
MAX_MENDED_CHARS = 2_000
"""Of an invalid reply that is shown to its model again."""

MAX_WHY_CHARS = 300
PAUSE_S = (0.1, 0.3)
"""Before a retry, where the provider names no time."""


@dataclass(slots=True)
class _Turn:
    """What is sent next, and what was tried already on this model."""

    messages: tuple[Message, ...]
    is_retried: bool = False
    is_mended: bool = False
    is_mending: bool = False
    cause: Passed | None = None
    """The failure behind a retry or a repair, which names the reason if that is never made."""

    took_s: float = 0.0


class Attempts:
    """Gives one model its chance within the seconds it has."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def run(self, walk: Walk, name: str, *, seconds: float) -> ModelReply | Passed:
        """Call a model until it answers or nothing more can be expected of it."""
        attempt = Deadline(seconds)
        if seconds < LEAN_BELOW_S and walk.index == 0:
            walk.step_down(name, "time")
        turn = _Turn(walk.variant.messages)
        while True:
            began_at = time.monotonic()
            result = await self._caller.call(walk, name, messages=turn.messages, attempt=attempt)
            if isinstance(result, ModelReply):
                if turn.is_mending:
                    walk.note("repaired", "schema_invalid", name)
                return result
            turn.took_s = time.monotonic() - began_at
            if not await self._goes_on(walk, name, turn=turn, passed=result, attempt=attempt):
                if result.failure is None and turn.cause is not None:
                    return turn.cause
                return result

    async def _goes_on(
        self, walk: Walk, name: str, *, turn: _Turn, passed: Passed, attempt: Deadline
    ) -> bool:
        """Prepare the next call on the same model; False when there is none."""
        failure = passed.failure
        if passed.refused is not None:
            if passed.is_for_the_day or turn.is_mending:
                return False
            if not self._step_down_to_fit(walk, name, passed, passed.refused):
                return False
            _begin_anew(turn, walk)
            return True
        if passed.reason == "context_too_long":
            if not walk.step_down(name, "context_too_long"):
                return False
            _begin_anew(turn, walk)
            return True
        if failure is None or failure.is_exhausted:
            return False
        turn.cause = passed
        if failure.kind in TRANSIENT:
            is_wise = not turn.is_retried and self._leaves_room(walk, name, failure)
            return is_wise and await _pause(turn, failure, attempt)
        return failure.kind == "schema_invalid" and _mend(turn, failure, attempt)

    def _leaves_room(self, walk: Walk, name: str, failure: ModelFailed) -> bool:
        """Say whether the next model and the composer have tokens left should a retry fail too.

        A call that was sent and told nothing counts whole, so a few of them can use up what a
        command may use, and the models that follow could not be asked any more.
        """
        is_untold = failure.is_sent and failure.answered is None
        scopes = [scope for scope in walk.scopes if scope.kind == "command_tokens"]
        if not (is_untold and walk.has_follower and scopes) or walk.tokens_left is None:
            return True
        return walk.tokens_left >= 3 * self._caller.most(walk, name, scope=scopes[0])

    def _step_down_to_fit(self, walk: Walk, name: str, passed: Passed, refused: Refused) -> bool:
        """Take the next form of the request that fits into what the limit has left."""
        left = refused.scope.limit - refused.used
        while walk.step_down(name, passed.reason):
            try:
                if self._caller.most(walk, name, scope=refused.scope) <= left:
                    return True
            except NotCalled:
                return False
        return False


def _begin_anew(turn: _Turn, walk: Walk) -> None:
    turn.messages = walk.variant.messages
    turn.is_mending = False


async def _pause(turn: _Turn, failure: ModelFailed, attempt: Deadline) -> bool:
    """Wait as long as the provider wants before the one retry; False when that does not fit."""
    wanted_s = failure.retry_after_s
    pause_s = random.uniform(*PAUSE_S) if wanted_s is None else wanted_s
    if attempt.left() - pause_s < MIN_ATTEMPT_S:
        return False
    turn.is_retried = True
    await asyncio.sleep(pause_s)
    return True


def _mend(turn: _Turn, failure: ModelFailed, attempt: Deadline) -> bool:
    """Show the model its invalid reply once, when there is one and time to write another."""
    text = "" if failure.answered is None else (failure.answered.text or "").strip()
    if turn.is_mended or not text or attempt.left() < max(MIN_ATTEMPT_S, turn.took_s):
        return False
    why = str(failure)[:MAX_WHY_CHARS]
    turn.is_mended = turn.is_mending = True
    turn.messages = (
        *turn.messages,
        Message(role="assistant", content=text[:MAX_MENDED_CHARS]),
        Message(
            role="user",
            content=f"That reply does not fit the schema ({why}). Write the whole reply again as "
            "one JSON object of exactly that schema, and nothing else.",
        ),
    )
    return True
