"""An open desk: the use cases over one set of data, as faces and programs call them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from core.access import system_principal
from monitoring.health import HealthCheck
from schemas.articles import ImportSummary
from schemas.model_reports import ModelOrder, ModelsReport, UsageOrder
from schemas.principal import Principal
from schemas.requests import NewsRequest
from schemas.runs import Reply
from schemas.settings import Settings
from schemas.sources import SourceOrder, SourceReport
from schemas.spending import SpendingReport
from schemas.status import DeskStatus, PurgeSummary

if TYPE_CHECKING:  # reading the settings must not pay for a database, an index and a graph
    from core.ports.index import SearchIndex
    from core.ports.jobs import JobQueue
    from core.ports.ledger import BudgetLedger
    from core.ports.store import Store
    from monitoring.metrics import Metrics
    from services.answering import Answering
    from services.buttons import Buttons
    from services.chats import ChatDesk
    from services.importing import Importing, OnProgress
    from services.indexing import Indexing
    from services.ingestion import Ingestion
    from services.model_desk import ModelDesk
    from services.model_switch import ModelSwitch
    from services.polling import Polling
    from services.rates import Rates
    from services.retention import Retention
    from services.sources import SourceDesk
    from services.spending import Spending
    from services.starter import Starter

OUTBOX_LATE_S = 600.0
USAGE_DAYS = timedelta(days=6)
"""A week, the last day included."""
ABANDONED_AFTER = timedelta(minutes=5)
"""No request lasts as long: a reservation of that age has lost its process."""

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Desk:
    """An open desk: use cases over one data folder."""

    settings: Settings
    store: "Store"
    index: "SearchIndex"
    metrics: "Metrics"
    jobs: "JobQueue"
    answering: "Answering"
    buttons: "Buttons"
    chats: "ChatDesk"
    rates: "Rates"
    ingestion: "Ingestion"
    importing: "Importing"
    indexing: "Indexing"
    retention: "Retention"
    polling: "Polling"
    sources: "SourceDesk"
    starter: "Starter"
    models: "ModelSwitch"
    model_desk: "ModelDesk"
    spending: "Spending"
    ledger: "BudgetLedger"
    now: Clock

    async def answer(self, principal: Principal, request: NewsRequest) -> Reply:
        """Answer a request."""
        return await self.answering.answer(principal, request)

    async def press(self, principal: Principal, data: str) -> Reply:
        """Handle a button; gives what it would show."""
        return (await self.buttons.press(principal, data)).reply

    async def import_paths(
        self, paths: Sequence[Path], *, on_progress: "OnProgress | None" = None
    ) -> ImportSummary:
        """Import files and folders on behalf of the desk."""
        return await self.importing.import_paths(
            system_principal(), paths, on_progress=on_progress
        )

    async def reindex(self, *, on_progress: "OnProgress | None" = None) -> int:
        """Rebuild the search index from the store; gives how many documents it holds."""
        counts = (await self.status()).n_articles

        def report(done: int) -> None:
            if on_progress is not None:
                on_progress(done, counts)

        return await self.indexing.rebuild(report, now=self.now())

    async def purge(self) -> PurgeSummary:
        """Keep the retention now, in the store and in the index."""
        summary = await self.retention.purge(now=self.now())
        await self.importing.drain()
        return summary

    async def manage_sources(
        self, order: SourceOrder, *, on_progress: "OnProgress | None" = None
    ) -> SourceReport:
        """Carry out an order about sources on behalf of an operator's command line."""
        from services.source_orders import SourceOrders  # noqa: PLC0415 - few commands need it

        return await SourceOrders(self.sources, self.polling).carry_out(
            order, on_progress=on_progress
        )

    async def manage_models(
        self, order: ModelOrder, *, on_progress: "OnProgress | None" = None
    ) -> ModelsReport:
        """List language models or try them on behalf of an operator's command line."""
        return await self.model_desk.carry_out(order, on_progress=on_progress)

    async def usage(self, order: UsageOrder) -> SpendingReport:
        """Tell an operator's command line what language models cost; seven days unless told."""
        until = order.until or self.now().astimezone(UTC).date()
        since = order.since or until - USAGE_DAYS
        return await self.spending.report(system_principal(), order.by, since=since, until=until)

    async def status(self) -> DeskStatus:
        """Count what is stored."""
        return await self.chats.status()

    async def watch_models(self) -> None:
        """Bring money and models up to date: what a killed process left open, gauges, breakers."""
        now = self.now()
        await self.ledger.recover(before=now - ABANDONED_AFTER, at=now)
        await self.spending.refresh_metrics()
        await self.models.refresh()

    async def load_sample(self) -> int:
        """Fill an empty desk with sample news; gives how many articles there are now."""
        from services.sample import make_sample  # noqa: PLC0415 - only an empty desk needs it

        if (await self.status()).n_articles:
            return 0
        items = make_sample(self.now())
        return (await self.importing.ingest(system_principal(), iter(items))).new

    async def health(self) -> list[HealthCheck]:
        """Look at the store, the index and the way between them."""
        async with self.store.transaction(is_write=False) as work:
            n_waiting, since = await work.outbox.backlog("article")
            dead = await work.outbox.dead(limit=1)
        late_s = (self.now() - since).total_seconds() if since else 0.0
        return [
            HealthCheck("store", True, "answers"),
            HealthCheck(
                "index",
                late_s < OUTBOX_LATE_S and not dead,
                f"{n_waiting} changes wait, the oldest for {late_s:.0f} s"
                + ("; some failed for good: run `newsdesk reindex`" if dead else ""),
            ),
        ]
