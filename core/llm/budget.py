"""Who pays for a request, and the limits that hold for it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import cached_property

from schemas.model_settings import BudgetSettings
from schemas.spending import Purpose, Scope, ScopeKind

MICRO_PER_DOLLAR = 1_000_000
EVERYBODY = "all"
COMMAND_LASTS = timedelta(hours=1)
"""How long the counters of one command are of use; its deadline is seconds."""

DAY_KINDS: frozenset[ScopeKind] = frozenset({"user_day_usd", "chat_day_usd", "global_day_usd"})
"""Money of a day: what is gone stays gone until midnight UTC."""


@dataclass(frozen=True)
class Account:
    """What one run may cost, and whom it is counted for; a day ends at midnight UTC of `at`.

    `silent` collects the models that gave the run nothing in their time: its next question goes to
    others first, as neither its time nor its tokens allow for a second wait.
    """

    run_id: str
    command: Purpose
    tenant: str
    person: str | None
    chat: str | None
    at: datetime
    limits: BudgetSettings
    silent: set[str] = field(default_factory=set, compare=False)

    def scopes(self) -> tuple[Scope, ...]:
        """Give every limit that holds, the narrowest first."""
        return self._scopes

    @cached_property
    def _scopes(self) -> tuple[Scope, ...]:
        limits = self.limits
        found = [
            self._of_command("command_tokens", limits.command_tokens),
            self._of_command("command_usd", micro_usd(limits.command_usd)),
        ]
        if self.person is not None:
            found.append(self._of_day("user_day_usd", self.person, limits.user_day_usd))
        if self.chat is not None:
            found.append(self._of_day("chat_day_usd", self.chat, limits.chat_day_usd))
        found.append(self._of_day("global_day_usd", EVERYBODY, limits.global_day_usd))
        return tuple(found)

    def _of_command(self, kind: ScopeKind, limit: int) -> Scope:
        return Scope(
            kind=kind,
            key=self.run_id,
            window=self.run_id,
            limit=limit,
            expires_at=self.at + COMMAND_LASTS,
        )

    def _of_day(self, kind: ScopeKind, key: str, usd: float) -> Scope:
        today = self.at.astimezone(UTC).date()
        return Scope(
            kind=kind,
            key=key,
            window=today.isoformat(),
            limit=micro_usd(usd),
            expires_at=datetime.combine(today, time(), UTC) + timedelta(days=1),
        )


def micro_usd(dollars: float) -> int:
    """Dollars of a setting as integer micro-dollars."""
    return round(dollars * MICRO_PER_DOLLAR)
