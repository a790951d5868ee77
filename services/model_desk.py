"""What operators want to know of language models: which there are, whether each one answers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never

from core.breaker import Breaker
from core.llm.parts import ManagerParts
from core.ports.cache import Cache
from core.ports.chat_model import ChatModel
from schemas.model_reports import ModelLine, ModelOrder, ModelsReport, PriceLine, RoutePlace
from schemas.model_settings import ModelEntry
from schemas.principal import Principal
from schemas.requests import NewsRequest
from schemas.runs import Reply
from schemas.settings import Settings
from services.model_checks import Checks, advised, look_at_clocks, operators_account
from services.model_drills import Drills
from services.model_keys import (
    VENDORS,
    entries_of,
    key_of,
    shown_url,
    url_of,
)

OnProgress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class ModelDeskParts:
    """What the desk of models works with.

    Attributes:
        settings: Entries, routes, keys, limits.
        manager: The parts that the desk's own manager has: one ledger, one count of quotas.
        build: Opens an adapter for every entry that can be used. It imports client libraries for
            seconds and is called away from the event loop; each call opens connections anew.
        is_on: Whether models may word answers now.
        answer: Answers a request on behalf of somebody.
        warm_up: Imports what answering needs, a second or two, called away from the event loop.
        own_cache: Gives a cache that nobody shares, so that a trial neither sees nor opens the
            breakers of the running desk.
        server_date: The time at a server, by what it answers to a request without any key; None
            when it does not answer or does not tell.
        prices_of: The newest change of prices that the price table knows.
        now: The desk's clock.
        wall_clock: Aware UTC, whatever time the desk pretends.
        variables: Names of the variables that are set.
    """

    settings: Settings
    manager: ManagerParts
    build: Callable[[], Mapping[str, ChatModel]]
    is_on: Callable[[], Awaitable[bool]]
    answer: Callable[[Principal, NewsRequest], Awaitable[Reply]]
    warm_up: Callable[[], object]
    own_cache: Callable[[], Cache]
    server_date: Callable[[str], Awaitable[datetime | None]]
    prices_of: Callable[[], date]
    now: Callable[[], datetime]
    wall_clock: Callable[[], datetime]
    variables: frozenset[str] = frozenset()


class ModelDesk:
    """Lists models, calls each one once, and walks routes without their first choice."""

    def __init__(self, parts: ModelDeskParts) -> None:
        self._parts = parts

    async def carry_out(
        self, order: ModelOrder, *, on_progress: OnProgress | None = None
    ) -> ModelsReport:
        """Do what is ordered, whether models are on or off: it was asked for by name.

        Raises:
            SettingError: A model cannot be reached as the settings say, through its proxy, say.
        """
        settings = self._parts.settings
        report = ModelsReport(
            are_models_on=await self._parts.is_on(),
            is_by_setting=settings.models == "on",
        )
        told = on_progress or _keep_quiet
        match order.action:
            case "list":
                return await asyncio.to_thread(self._listed, report)
            case "check":
                return await self._checked(report, told)
            case "drill":
                return await self._drilled(report, told)
            case _:
                assert_never(order.action)

    def _listed(self, report: ModelsReport) -> ModelsReport:
        """Describe every entry; prices take the import of their table, half a second."""
        parts = self._parts
        lines = tuple(self._line(name, entry) for name, entry in self._entries().items())
        is_priced_by_table = any(line.price and line.price.source == "table" for line in lines)
        prices_of = parts.prices_of() if is_priced_by_table else None
        return report.model_copy(update={"models": lines, "prices_of": prices_of})

    def _entries(self) -> dict[str, ModelEntry]:
        """Give what may be asked; a script is of interest where a route or a setting names it."""
        settings = self._parts.settings
        named = {name for route in settings.model.routes.values() for name in route}
        return {
            name: entry
            for name, entry in entries_of(settings).items()
            if entry.provider != "scripted" or name in named or name in settings.model.entries
        }

    def _line(self, name: str, entry: ModelEntry) -> ModelLine:
        settings, vendor = self._parts.settings, VENDORS.get(entry.provider)
        price = self._parts.manager.prices.find(name)
        return ModelLine(
            name=name,
            provider=entry.provider,
            model=entry.model,
            routes=tuple(
                RoutePlace(task=task, position=chain.index(name) + 1)
                for task, chain in settings.model.routes.items()
                if name in chain
            ),
            key=key_of(name, entry, settings, variables=self._parts.variables),
            url=shown_url(entry, settings),
            price=None
            if price is None
            else PriceLine(
                input=price.input,
                cached=price.cached,
                output=price.output,
                source="table" if entry.price is None else "setting",
            ),
            requests_per_minute=entry.requests_per_minute,
            tokens_per_minute=entry.tokens_per_minute,
            requests_per_day=entry.requests_per_day,
            status_page=None if vendor is None else vendor.status_page,
            support=None if vendor is None else vendor.support,
        )

    @asynccontextmanager
    async def _models(self) -> AsyncIterator[Mapping[str, ChatModel]]:
        """Open connections of this order's own, and close them."""
        models = await asyncio.to_thread(self._parts.build)
        try:
            await asyncio.to_thread(self._parts.manager.prices.warm)
            yield models
        finally:
            for model in models.values():
                await model.aclose()

    async def _checked(self, report: ModelsReport, told: OnProgress) -> ModelsReport:
        parts, settings = self._parts, self._parts.settings
        entries = self._entries()
        urls = {name: url_of(entry, settings) for name, entry in entries.items()}
        async with self._models() as models:
            called = {name: models[name] for name in entries if name in models}
            checks = Checks(
                called,
                self._trial(),
                account=lambda: operators_account("check", settings.budget, parts.now()),
                attempt_s=settings.model.attempt_s,
            )
            lines, clocks = await asyncio.gather(
                checks.run(told),
                look_at_clocks(
                    [url for name in called if (url := urls[name]) is not None],
                    parts.server_date,
                    parts.wall_clock,
                ),
            )
        lines = tuple(advised(line, urls[line.name], clocks) for line in lines)
        return report.model_copy(update={"checks": lines, "clocks": clocks})

    async def _drilled(self, report: ModelsReport, told: OnProgress) -> ModelsReport:
        parts, settings = self._parts, self._parts.settings
        models, _ = await asyncio.gather(
            asyncio.to_thread(parts.build), asyncio.to_thread(parts.warm_up)
        )
        drills = Drills(
            models,
            self._trial(),
            settings=settings,
            account=lambda: operators_account("drill", settings.budget, parts.now()),
            answer=parts.answer,
        )
        try:
            lines = await drills.run(told)
        finally:
            await drills.aclose()
        return report.model_copy(update={"drills": lines})

    def _trial(self) -> ManagerParts:
        """Give the desk's own parts with breakers that are closed and stay this trial's."""
        manager = self._parts.manager
        return replace(manager, breaker=Breaker(self._parts.own_cache()))


def _keep_quiet(_: int, __: int | None) -> None:
    """Tell nobody how far it is."""
