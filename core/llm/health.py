"""Whether a model can be called: its breaker, its gauge, and the lines that an operator reads."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Literal

import structlog

from core.errors import ModelFailed
from core.llm.parts import ManagerParts
from core.llm.walk import NotCalled, Passed
from schemas.llm import FailureKind

UNHEALTHY: frozenset[FailureKind] = frozenset({"timeout", "rate_limited", "overloaded", "auth"})
"""Failures that speak of the model or its key; the others speak of the request."""

Role = Literal["primary", "fallback"]

WHAT_TO_DO: Mapping[str, str] = {
    "auth": "put a valid key into the settings and see `newsdesk models check`",
    "bad_request": "see `newsdesk models check`: model id and base URL",
    "exhausted": "its quota or the account's money is gone; raise it at the provider",
    "unpriced": "set its price in NEWSDESK_MODEL__ENTRIES, zeros where it costs nothing",
}

log = structlog.get_logger(__name__)


class Health:
    """Watches the models that stand in a route; a model in no route has no series."""

    def __init__(self, parts: ManagerParts, chains: Sequence[tuple[str, ...]]) -> None:
        self._parts = parts
        self._roles: dict[str, set[Role]] = {}
        for chain in chains:
            for i, name in enumerate(chain):
                self._roles.setdefault(name, set()).add("fallback" if i else "primary")
        self._is_available: dict[str, bool] = {}
        self._troubles: dict[str, str] = {}

    async def refresh(self) -> None:
        """Set each gauge by its breaker, which other replicas may have changed."""
        for name in self._roles:
            await self._look(name)

    @asynccontextmanager
    async def attempt(self, name: str) -> AsyncIterator[None]:
        """Watch one call.

        Raises:
            NotCalled: The breaker is open, with the reason `breaker_open`.
        """
        try:
            async with self._parts.breaker.attempt(
                self._parts.key_of(name), is_failure=_is_unhealthy
            ) as state:
                self._set(name, is_available=state == "closed")
                if state == "open":
                    raise NotCalled(Passed("breaker_open"))
                yield
        except ModelFailed as error:
            await self._failed(name, error)
            raise
        if state == "half_open":
            self._set(name, is_available=True)
        self._troubles.pop(name, None)

    def report(self, name: str, trouble: str, *, error: str | None = None) -> None:
        """Tell the operator of a trouble that only a person can mend, once per change."""
        if self._troubles.get(name) == trouble:
            return
        self._troubles[name] = trouble
        log.error(
            "model.unusable", model=name, why=trouble, error=error, do=WHAT_TO_DO.get(trouble)
        )

    async def _failed(self, name: str, error: ModelFailed) -> None:
        """Rest a model whose key or quota is refused, and tell the operator what happened."""
        breaker, key = self._parts.breaker, self._parts.key_of(name)
        if error.is_exhausted:
            await breaker.trip(key, rest_s=self._until_reset(error))
            self.report(name, "exhausted", error=str(error))
        elif error.kind == "auth":
            await breaker.trip(key)
            self.report(name, "auth", error=str(error))
        elif error.kind == "bad_request":
            self.report(name, "bad_request", error=str(error))
        else:
            log.warning("model.failed", model=name, kind=error.kind, error=str(error))
        if error.is_exhausted or error.kind in UNHEALTHY:
            await self._look(name)

    def _until_reset(self, error: ModelFailed) -> float:
        """Seconds until the provider said, else until midnight UTC."""
        if error.retry_after_s is not None:
            return max(1.0, error.retry_after_s)
        now = datetime.fromtimestamp(self._parts.wall_clock(), UTC)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return (midnight - now).total_seconds()

    async def _look(self, name: str) -> None:
        state = await self._parts.breaker.state(self._parts.key_of(name))
        self._set(name, is_available=state == "closed")

    def _set(self, name: str, *, is_available: bool) -> None:
        was = self._is_available.get(name)
        if was is is_available:
            return
        self._is_available[name] = is_available
        for role in self._roles.get(name, ()):
            self._parts.metrics.model_available.labels(name, role).set(int(is_available))
        if was is not None:
            log.warning("model.returned" if is_available else "model.rested", model=name)


def _is_unhealthy(error: Exception) -> bool | None:
    """Whether a failure is the model's; None where nothing can be said of the model."""
    if isinstance(error, ModelFailed):
        return error.kind in UNHEALTHY or error.is_exhausted
    return None
