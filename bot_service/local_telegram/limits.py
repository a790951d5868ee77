"""How fast a bot may send before Telegram makes it wait.

Telegram's FAQ for bots gives 30 messages a second overall, one a second in a chat ("we may
allow short bursts that go over this limit") and 20 a minute in a group. The size of the burst
is not published; 5 is what is granted here. Edits count like messages. Drafts, chat actions
and answers to buttons are not counted.
"""

import math
from collections import deque
from dataclasses import dataclass, replace

from bot_service.local_telegram.refusals import flood


@dataclass(frozen=True)
class Limits:
    """Messages a second and a minute; `enabled` switches all three."""

    enabled: bool = True
    bot_per_s: float = 30.0
    chat_per_s: float = 1.0
    chat_burst: int = 5
    group_per_minute: int = 20


class FloodGuard:
    """Admits or refuses each message; a refused one costs nothing."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._bot_free_at = -math.inf
        self._chat_free_at: dict[int, float] = {}
        self._group_sent: dict[int, deque[float]] = {}

    def switch(self, *, is_on: bool) -> None:
        """Let the limits hold or not."""
        self.limits = replace(self.limits, enabled=is_on)

    def admit(self, chat_id: int, *, is_group: bool, at_s: float) -> None:
        """Count one message.

        Args:
            chat_id: Where it goes.
            is_group: Whether the limit of a minute holds too.
            at_s: World seconds, never smaller than in the call before.

        Raises:
            Refusal: 429 with the shortest wait after which the message would be admitted.
        """
        if not self.limits.enabled:
            return
        rules = self.limits
        sent = self._group_sent.setdefault(chat_id, deque()) if is_group else deque[float]()
        while sent and sent[0] <= at_s - 60.0:
            sent.popleft()
        waits = (
            _wait(self._bot_free_at, at_s, rate=rules.bot_per_s, burst=int(rules.bot_per_s)),
            _wait(
                self._chat_free_at.get(chat_id, -math.inf),
                at_s,
                rate=rules.chat_per_s,
                burst=rules.chat_burst,
            ),
            sent[0] + 60.0 - at_s if len(sent) >= rules.group_per_minute else 0.0,
        )
        if max(waits) > 0:
            raise flood(max(1, math.ceil(max(waits))))
        self._bot_free_at = max(self._bot_free_at, at_s) + 1.0 / rules.bot_per_s
        chat_free_at = max(self._chat_free_at.get(chat_id, -math.inf), at_s)
        self._chat_free_at[chat_id] = chat_free_at + 1.0 / rules.chat_per_s
        if is_group:
            sent.append(at_s)


def _wait(free_at: float, at_s: float, *, rate: float, burst: int) -> float:
    """Seconds until a leaky bucket (GCRA) with `burst` places takes one more; 0 when it does."""
    backlog = free_at - at_s - (burst - 1) / rate
    return backlog if backlog > 1e-9 else 0.0
