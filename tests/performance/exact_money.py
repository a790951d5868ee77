"""Whether journal, counters and the providers' own bill are one sum."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.llm.budget import Account
from core.llm.pricing import Prices
from schemas.model_settings import BudgetSettings
from schemas.spending import JournalEntry, Scope
from services.adapters.llm.prices import price_of
from services.desk import Desk
from services.model_keys import entries_of
from tests.performance.stand_ins import Billed

SETTLED_S = 10.0
"""What was cancelled is settled in the background, and its stand-in still writes."""


@dataclass(frozen=True, slots=True)
class Money:
    """What runs cost by the journal and by the bill, in micro-dollars; the rest should be 0.

    `n_estimated` are calls whose usage was never told: their whole reservation counts.
    `n_unpaid` are calls on the bill that no row stands for, `n_invented` rows told as actual that
    no call stands for. `drift` adds up what counters and rows differ by, `n_over` counts limits
    that were crossed.
    """

    n_rows: int
    journal: int
    bill: int
    n_estimated: int
    n_open: int
    n_unpaid: int
    n_invented: int
    drift: int
    n_over: int

    @property
    def is_exact(self) -> bool:
        """Whether every sum agrees: to the micro-dollar where every usage was told."""
        faults = (self.n_open, self.n_unpaid, self.n_invented, self.drift, self.n_over)
        is_same = self.journal == self.bill or (self.n_estimated and self.journal > self.bill)
        return not any(faults) and bool(is_same)

    def __str__(self) -> str:
        words = (
            f"{self.n_rows} attempts, journal ${self.journal / 1e6:.6f}, "
            f"bill ${self.bill / 1e6:.6f}, {self.n_estimated} estimated, {self.n_open} open, "
            f"{self.n_unpaid} unpaid, {self.n_invented} invented, drift {self.drift}, "
            f"{self.n_over} limits crossed"
        )
        return f"{words}: {'exact' if self.is_exact else 'NOT EXACT'}"


async def compare(
    desk: Desk, run_ids: Sequence[str], bill: Sequence[Billed], budget: BudgetSettings
) -> Money:
    """Hold the rows of all runs since the bill began against it, and against every limit."""
    rows = await _settled(desk, run_ids)
    prices = Prices(entries_of(desk.settings), price_of)
    billed = Counter((call.name, call.model, call.usage) for call in bill)
    told = Counter(
        (r.model, r.answered_by or "", r.usage) for r in rows if r.state == "settled_actual"
    )
    estimated = [row for row in rows if row.state == "settled_estimate"]
    scopes = list({s.model_dump_json(): s for row in rows for s in _scopes(row, budget)}.values())
    used = await desk.ledger.used(scopes)
    drift = await desk.ledger.drift(scopes)
    return Money(
        n_rows=len(rows),
        journal=sum(row.micro_usd for row in rows),
        bill=sum(_price(prices, call) for call in bill),
        n_estimated=len(estimated),
        n_open=sum(row.state == "reserved" for row in rows),
        n_unpaid=max(0, (billed - told).total() - len(estimated)),
        n_invented=(told - billed).total(),
        drift=sum(map(abs, drift)),
        n_over=sum(n > scope.limit for n, scope in zip(used, scopes, strict=True)),
    )


async def _settled(desk: Desk, run_ids: Sequence[str]) -> list[JournalEntry]:
    rows: list[JournalEntry] = []
    for _ in range(int(SETTLED_S * 4)):
        async with desk.store.transaction(is_write=False) as work:
            rows = await work.journal.entries(run_ids)
        if all(row.state != "reserved" for row in rows):
            break
        await asyncio.sleep(0.25)
    return rows


def _scopes(row: JournalEntry, budget: BudgetSettings) -> tuple[Scope, ...]:
    account = Account(
        run_id=row.run_id,
        command=row.command,
        tenant=row.tenant,
        person=row.person,
        chat=row.chat,
        at=row.at,
        limits=budget,
    )
    return account.scopes()


def _price(prices: Prices, call: Billed) -> int:
    price = prices.find(call.name, call.model)
    if price is None:
        raise RuntimeError(f"no price is known of {call.model!r}, which answered")
    return price.cost(call.usage)
