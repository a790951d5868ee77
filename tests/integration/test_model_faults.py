"""Each provider's faults, in each place of a chain: what the manager does, and what it cost.

Three providers by their real client libraries, a real journal, and stand-ins that count what they
would charge. Each fault stands at one place of the chain for each provider; at the others, and
where a provider hangs, the test is a slow one.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from bot_service.local_models.catalog import Provider
from bot_service.local_models.faults import Fault
from bot_service.local_models.server import FakeProviders
from core.breaker import Breaker
from core.errors import ModelUnavailable
from core.llm.budget import Account
from core.llm.deadline import Deadline
from core.llm.ladder import Variant
from core.llm.manager import Ask, Drafted, ManagerParts, ModelManager
from core.llm.pricing import Prices
from core.llm.routes import build_routes
from core.ports.chat_model import ChatModel
from monitoring.metrics import Metrics
from schemas.llm import ComposedDraft, Message, ModelCall, StepReason
from schemas.model_settings import DEFAULT_ENTRIES, BudgetSettings, ModelSettings
from schemas.spending import JournalEntry, Scope
from services.adapters.cache.memory import MemoryCache
from services.adapters.ledger.store import StoreLedger
from services.adapters.llm.prices import price_of
from services.adapters.store.engine import SqlStore
from tests.contract.providers import EVIDENCE, opened, settings_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMES: Mapping[str, Provider] = {
    "gpt-5": "openai",
    "claude": "anthropic",
    "gemini-2.5-pro": "gemini",
}
PLACES = ("first", "middle", "last")
ATTEMPT_S = 3.5
HANGING_S = 1.0
"""An attempt where a provider hangs; elsewhere nothing comes near a time-out."""

DEADLINE_S = 12.0
SPARE_S = 0.95
"""Left of the deadline, nearly all of the second that is kept for the local answer."""

SYSTEM = Message(role="system", content="Word the news by the evidence. Cite its ids.")
VARIANTS = (
    Variant((SYSTEM, Message(role="user", content=EVIDENCE * 2)), None, 4),
    Variant((SYSTEM, Message(role="user", content=EVIDENCE)), "fewer_documents", 2),
    Variant((SYSTEM, Message(role="user", content=EVIDENCE.splitlines()[0])), "no_optional", 1),
)
"""With less than four seconds for an attempt, the second is where it begins."""

_runs = count()


@dataclass(frozen=True)
class Case:
    """A fault: why its model is passed over (None: it is not), after how many calls."""

    fault: Fault
    reason: StepReason | None
    n_calls: int = 1
    is_streamed: bool = False
    is_slow: bool = False
    options: Mapping[str, object] = field(default_factory=dict)


CASES = (
    Case("rate_limited", "rate_limited", 2, options={"retry_after_s": 0.01}),
    Case("exhausted", "quota"),
    Case("server_error", "overloaded", 2),
    Case("overloaded", "overloaded", 2, is_streamed=True),
    Case("hang", "timeout", is_streamed=True, is_slow=True),
    Case("slow_first_byte", "timeout", is_slow=True, options={"delay_s": HANGING_S + 0.2}),
    Case("cut_stream", "overloaded", 2, is_streamed=True),
    Case("malformed_json", "schema_invalid", 2),
    Case("wrong_schema", "schema_invalid", 2, is_streamed=True),
    Case("content_filter", "policy"),
    Case("refusal", "policy", is_streamed=True),
    Case("auth", "auth"),
    Case("not_found", "bad_request"),
    Case("html", "bad_request"),
    Case("context_too_long", "context_too_long", 2),
    Case("unknown_fields", None, is_streamed=True),
    Case("no_usage", None),
)


def _matrix() -> Iterator[object]:
    for i, case in enumerate(CASES):
        for j, name in enumerate(NAMES):
            for k, place in enumerate(PLACES):
                is_usual = (i + j) % len(PLACES) == k and not case.is_slow
                marks = [] if is_usual else [pytest.mark.slow]
                yield pytest.param(
                    case, name, place, marks=marks, id=f"{case.fault}-{name}-{place}"
                )


@dataclass(frozen=True)
class Desk:
    """Models over the stand-ins, and the journal behind them."""

    models: Mapping[str, ChatModel]
    store: SqlStore
    ledger: StoreLedger
    prices: Prices

    def manager(
        self,
        chain: tuple[str, ...],
        metrics: Metrics | None = None,
        *,
        attempt_s: float = ATTEMPT_S,
    ) -> ModelManager:
        """Give a manager whose breakers and quotas are new."""
        cache = MemoryCache()
        settings = ModelSettings(routes={"compose": chain}, attempt_s=attempt_s)
        return ModelManager(
            self.models,
            build_routes(settings, is_on=True, available=self.models),
            parts=ManagerParts(
                breaker=Breaker(cache),
                cache=cache,
                metrics=metrics or Metrics(),
                prices=self.prices,
                entries=DEFAULT_ENTRIES,
                ledger=self.ledger,
            ),
        )

    async def journal(self, account: Account) -> list[JournalEntry]:
        async with self.store.transaction(is_write=False) as work:
            return await work.journal.entries([account.run_id])

    async def used(self, account: Account) -> dict[str, int]:
        scopes = account.scopes()
        used = await self.ledger.used(scopes)
        return {scope.kind: n for scope, n in zip(scopes, used, strict=True)}


@pytest.fixture(scope="module")
def providers() -> Iterator[FakeProviders]:
    with FakeProviders() as fake:
        yield fake


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(
    providers: FakeProviders, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("faults")
    prices = Prices(DEFAULT_ENTRIES, price_of)
    await asyncio.to_thread(prices.warm)
    store = await SqlStore.open(folder / "desk.db")
    ledger = StoreLedger(store)
    async with opened(settings_for(providers, model={})) as models:
        for name in NAMES:  # the client libraries load parts of themselves with the first call
            call = ModelCall(
                task="compose", messages=VARIANTS[0].messages, max_tokens=600, timeout_s=9
            )
            await models[name].draft(call)
        yield Desk(models, store, ledger, prices)
    await ledger.aclose()
    await store.aclose()


@pytest.fixture
def fake(providers: FakeProviders) -> Iterator[FakeProviders]:
    providers.forget()
    yield providers
    providers.heal()


@pytest.fixture
def account() -> Account:
    return Account(
        run_id=f"run{next(_runs)}",
        command="trends",
        tenant="desk",
        person="7",
        chat="-100",
        at=datetime.now(UTC),
        limits=BudgetSettings(command_tokens=100_000, user_day_usd=50),
    )


def chain_with(name: str, place: str) -> tuple[str, ...]:
    """The three models, `name` at `place`."""
    others = [other for other in NAMES if other != name]
    others.insert(PLACES.index(place), name)
    return tuple(others)


async def ask(
    manager: ModelManager, account: Account, *, is_streamed: bool = False, deadline: Deadline
) -> Drafted:
    async def on_text(_: int) -> None:
        return

    asked = Ask(
        task="compose",
        variants=VARIANTS,
        account=account,
        max_tokens=600,
        on_text=on_text if is_streamed else None,
    )
    try:
        return await manager.draft(asked, deadline=deadline)
    finally:
        await manager.settled(account.run_id)


@pytest.mark.parametrize(("case", "name", "place"), list(_matrix()))
async def test_a_fault_is_followed_by_the_right_step_and_costs_what_it_cost(
    fake: FakeProviders, desk: Desk, account: Account, *, case: Case, name: str, place: str
) -> None:
    chain = chain_with(name, place)
    before = chain[: chain.index(name)]
    for other in before:
        fake.set_fault(NAMES[other], "auth")
    fake.set_fault(NAMES[name], case.fault, **case.options)
    deadline, metrics = Deadline(DEADLINE_S), Metrics()
    manager = desk.manager(chain, metrics, attempt_s=HANGING_S if case.is_slow else ATTEMPT_S)

    drafted = await ask(manager, account, is_streamed=case.is_streamed, deadline=deadline)

    rows = await desk.journal(account)
    await _until_all_arrived(fake, len(rows))
    after = (*chain[chain.index(name) + 1 :], None)
    assert drafted.name == (name if case.reason is None else after[0])
    assert deadline.left() >= SPARE_S
    assert [row.model for row in rows if row.model == name] == [name] * case.n_calls
    if case.reason is not None:
        labels = {"from_model": name, "to_model": after[0] or "local", "reason": case.reason}
        counted = metrics.registry.get_sample_value(
            "orchestrator_fallback_total", {"task": "compose", **labels}
        )
        assert counted == 1.0
    _check_reply(fake, drafted, rows)
    _check_bill(fake, desk, rows)
    _check_sums(await desk.used(account), account.scopes(), rows, drafted)


async def _until_all_arrived(fake: FakeProviders, n_calls: int) -> None:
    """Wait for a reply that nobody waits for any more: it is billed all the same."""
    async with asyncio.timeout(3):
        while len(fake.requests) < n_calls:  # noqa: ASYNC110 - the stand-ins have a thread
            await asyncio.sleep(0.02)


async def _until_all_ended(desk: Desk, account: Account) -> None:
    """Wait for the ledger to release what it wrote for callers that had gone."""
    async with asyncio.timeout(3):
        while any(  # noqa: ASYNC110 - another task of the ledger releases them
            row.state == "reserved" for row in await desk.journal(account)
        ):
            await asyncio.sleep(0.02)


def _check_reply(fake: FakeProviders, drafted: Drafted, rows: list[JournalEntry]) -> None:
    """The name that is shown is one that a provider billed, and the journal's last."""
    if drafted.reply is None:
        assert drafted.notes[-1].step == "local"
        return
    assert isinstance(drafted.reply.draft, ComposedDraft)
    assert drafted.reply.draft.claims
    assert drafted.reply.model == rows[-1].answered_by
    assert drafted.reply.model in {call.model for call in fake.calls}
    assert rows[-1].outcome == "ok"


def _check_bill(fake: FakeProviders, desk: Desk, rows: list[JournalEntry]) -> None:
    """What was told stands in the journal; what was billed untold is covered by estimates."""
    actual = Counter((r.answered_by, r.usage) for r in rows if r.state == "settled_actual")
    billed = Counter((call.model, call.usage) for call in fake.calls)
    assert actual - billed == Counter()
    untold = billed - actual
    estimates = [row for row in rows if row.state == "settled_estimate"]
    assert untold.total() <= len(estimates)
    cost = sum(
        price.cost(usage)
        for (model, usage), n in untold.items()
        for price in [_price(desk, fake, str(model))] * n
    )
    assert cost <= sum(row.micro_usd for row in estimates)
    assert all(row.micro_usd == 0 for row in rows if row.state == "released")
    assert "reserved" not in {row.state for row in rows}
    assert len(rows) == len(fake.requests)


def _price(desk: Desk, fake: FakeProviders, model: str) -> object:
    call = next(call for call in fake.calls if call.model == model)
    name = next(n for n, provider in NAMES.items() if provider == call.provider)
    return desk.prices.find(name, model)


def _check_sums(
    used: dict[str, int],
    scopes: tuple[Scope, ...],
    rows: list[JournalEntry],
    drafted: Drafted,
) -> None:
    """The counters, the journal and what the run is told are one sum."""
    assert used["command_usd"] == sum(row.micro_usd for row in rows) == drafted.micro_usd
    assert all(n <= scope.limit for n, scope in zip(used.values(), scopes, strict=True))


@pytest.mark.slow
async def test_with_every_plug_pulled_a_required_model_is_a_public_error_in_time(
    fake: FakeProviders, desk: Desk, account: Account
) -> None:
    for provider in NAMES.values():
        fake.set_fault(provider, "hang")
    deadline = Deadline(3.0)
    asked = Ask(
        task="compose", variants=VARIANTS, account=account, is_required=True, max_tokens=600
    )

    with pytest.raises(ModelUnavailable, match="gpt-5: timeout; claude: timeout"):
        await desk.manager(tuple(NAMES)).draft(asked, deadline=deadline)

    assert deadline.left() >= SPARE_S


async def test_a_plug_pulled_and_put_back_is_noticed(
    fake: FakeProviders, desk: Desk, account: Account
) -> None:
    manager = desk.manager(("claude", "gpt-5"))
    fake.set_fault("anthropic", "dropped")
    gone = await ask(manager, account, deadline=Deadline(DEADLINE_S))

    fake.set_fault("anthropic", None)
    back = await ask(manager, account, deadline=Deadline(DEADLINE_S))

    assert (gone.name, back.name) == ("gpt-5", "claude")


async def test_callers_that_leave_at_any_moment_leave_no_open_reservation(
    fake: FakeProviders, desk: Desk, account: Account
) -> None:
    manager = desk.manager(("gpt-5", "claude"))
    fake.set_latency(0.05)

    callers = [
        asyncio.create_task(ask(manager, account, deadline=Deadline(DEADLINE_S)))
        for _ in range(30)
    ]
    for i, caller in enumerate(callers):
        await asyncio.sleep(0.004)
        callers[i // 2].cancel() if i % 2 else caller.cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    fake.set_latency(0.0)
    await manager._purse.aclose()
    await _until_all_ended(desk, account)

    rows = await desk.journal(account)
    assert (await desk.used(account))["command_usd"] == sum(row.micro_usd for row in rows)
