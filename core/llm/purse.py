"""Money of one call: reserved before it goes out, settled once, whatever happens in between."""

import asyncio
import secrets
from dataclasses import dataclass
from functools import partial
from typing import Literal

import structlog

from core.errors import StoreError
from core.llm.budget import DAY_KINDS
from core.llm.parts import ManagerParts
from core.llm.walk import NotCalled, Passed, Walk
from core.ports.ledger import Refused
from schemas.llm import CallOutcome, Usage
from schemas.spending import Reservation, Settlement

SETTLE_PATIENCE_S = 0.25
"""How long a run waits for its settlements to be written; they go on in the background."""

SETTLE_AGAIN_S = (0.2, 1.0, 5.0)
"""Pauses before a settlement is tried again; then recovery settles it by estimate."""

CLOSE_PATIENCE_S = 15.0
"""How long closing waits for what is being written; more than all the pauses above."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Hold:
    """A reservation that was granted; `used` is each scope's sum with it."""

    reservation: Reservation
    used: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bill:
    """How a call ended, for the journal; `usage` None: not known."""

    outcome: CallOutcome | None
    latency_ms: int
    usage: Usage | None = None
    model: str | None = None
    is_sent: bool = True


class Purse:
    """Reserves and settles; no cancellation leaves a reservation without an end."""

    def __init__(self, parts: ManagerParts) -> None:
        self._ledger = parts.ledger
        self._prices = parts.prices
        self._entries = parts.entries
        self._warn_share = parts.warn_share
        self._under_way: dict[str, set[asyncio.Task[None]]] = {}

    def plan(self, walk: Walk, name: str, *, input_tokens: int) -> Reservation | None:
        """Give the most that a call may cost; None when nothing is charged.

        Raises:
            NotCalled: Nobody knows the price, with the reason `unpriced`.
        """
        account = walk.ask.account
        if account is None or self._ledger is None:
            return None
        price = self._prices.find(name)
        if price is None:
            raise NotCalled(Passed("unpriced"))
        max_tokens = walk.ask.max_tokens
        return Reservation(
            id=secrets.token_hex(12),
            run_id=account.run_id,
            tenant=account.tenant,
            person=account.person,
            chat=account.chat,
            command=account.command,
            task=walk.ask.task,
            provider=self._entries[name].provider,
            model=name,
            max_tokens=input_tokens + max_tokens,
            max_micro_usd=price.most(input_tokens=input_tokens, output_tokens=max_tokens),
            scopes=walk.scopes,
            at=walk.now(account),
        )

    async def reserve(self, reservation: Reservation, *, left_s: float) -> Hold:
        """Take a reservation from all its scopes, once what the run gave back is there again.

        Raises:
            NotCalled: A scope has no room (`tokens`, `money`), or the ledger failed or did not
                answer within `left_s` (`ledger`).
        """
        assert self._ledger is not None  # noqa: S101 - what was planned has a ledger
        try:
            async with asyncio.timeout(left_s):
                await self.settled(reservation.run_id)
                answer = await self._ledger.reserve(reservation)
        except (StoreError, TimeoutError) as error:
            log.error("budget.reserve_failed", error=type(error).__name__, why=str(error))
            raise NotCalled(Passed("ledger")) from error
        if isinstance(answer, Refused):
            is_tokens = answer.scope.kind == "command_tokens"
            raise NotCalled(Passed("tokens" if is_tokens else "money", refused=answer))
        return Hold(reservation, answer.used)

    def close(self, walk: Walk, hold: Hold, bill: Bill) -> Settlement:
        """Give how a call ended; note what tokens are left, and limits that are nearly used up."""
        settlement = self._settlement(walk, hold, bill)
        given_back = hold.reservation.max_micro_usd - settlement.micro_usd
        for scope, used in zip(hold.reservation.scopes, hold.used, strict=True):
            if scope.kind == "command_tokens":
                walk.tokens_left = scope.limit - used
            if scope.kind in DAY_KINDS and used - given_back >= self._warn_share * scope.limit:
                walk.near[scope.kind] = None
        return settlement

    def settle(self, run_id: str, settlement: Settlement) -> None:
        """Write down how a call ended, without keeping whoever waits for its words."""
        task = asyncio.create_task(self._settle(settlement))
        self._under_way.setdefault(run_id, set()).add(task)
        task.add_done_callback(partial(self._written, run_id))

    def _written(self, run_id: str, task: asyncio.Task[None]) -> None:
        tasks = self._under_way[run_id]
        tasks.discard(task)
        if not tasks:
            del self._under_way[run_id]

    async def settled(self, run_id: str) -> None:
        """Wait until a run's settlements are written, but not for long."""
        tasks = self._under_way.get(run_id)
        if not tasks:
            return
        _, late = await asyncio.wait(set(tasks), timeout=SETTLE_PATIENCE_S)
        if late:
            log.warning("budget.settles_slowly", run=run_id, n=len(late))

    def cost(self, name: str, bill: Bill) -> int | None:
        """Micro-dollars of a call that nobody is charged for; None when it is not known."""
        if not bill.is_sent:
            return 0
        price = self._prices.find(name, bill.model)
        return None if price is None or bill.usage is None else price.cost(bill.usage)

    async def aclose(self) -> None:
        """Wait until what is being written is written, but not for ever."""
        under_way = {task for tasks in self._under_way.values() for task in tasks}
        if not under_way:
            return
        _, late = await asyncio.wait(under_way, timeout=CLOSE_PATIENCE_S)
        if late:
            log.error("budget.settles_too_slowly", n=len(late))
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _settlement(self, walk: Walk, hold: Hold, bill: Bill) -> Settlement:
        reservation, usage = hold.reservation, bill.usage
        state: Literal["settled_actual", "settled_estimate", "released"] = "settled_estimate"
        micro_usd = reservation.max_micro_usd
        price = self._prices.find(reservation.model, bill.model)
        if not bill.is_sent:
            state, micro_usd = "released", 0
        elif usage is not None and price is not None:
            state, micro_usd = "settled_actual", price.cost(usage)
        account = walk.ask.account
        return Settlement(
            id=reservation.id,
            state=state,
            outcome=bill.outcome,
            model=bill.model,
            usage=usage or Usage(),
            micro_usd=micro_usd,
            latency_ms=bill.latency_ms,
            at=reservation.at if account is None else walk.now(account),
        )

    async def _settle(self, settlement: Settlement) -> None:
        """Write a settlement, again and again where the store fails; nothing is raised."""
        assert self._ledger is not None  # noqa: S101 - what was reserved has a ledger
        pauses = iter(SETTLE_AGAIN_S)
        while True:
            try:
                await self._ledger.settle(settlement)
            except StoreError as error:
                if (pause_s := next(pauses, None)) is None:
                    log.error("budget.settle_failed", id=settlement.id, why=str(error))
                    return
                await asyncio.sleep(pause_s)
            except Exception as error:  # bookkeeping must not end the answer
                log.error("settlement.failed", id=settlement.id, exc_info=error)
                return
            else:
                return
