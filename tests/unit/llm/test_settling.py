"""Whatever models do and whoever is cancelled, the money adds up."""

import asyncio
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from core.llm.deadline import Deadline
from schemas.llm import ModelCall, ModelReply, Usage
from tests.unit.llm.standing_in import (
    LADDER,
    MemoryLedger,
    StandInModel,
    Step,
    account,
    answered,
    ask,
    desk,
    failed,
    kept_of,
    reply_of,
)


async def _slowly(_: ModelCall) -> ModelReply:
    await asyncio.sleep(0.01)
    return reply_of("m")


async def _crash(_: ModelCall) -> ModelReply:
    raise KeyError("a bug")


USAGES = st.builds(
    lambda i, o: Usage(input_tokens=i, output_tokens=o), st.integers(0, 3_000), st.integers(0, 900)
)
STEPS: st.SearchStrategy[Step] = st.one_of(
    USAGES.map(lambda usage: reply_of("m", usage)),
    st.builds(
        lambda kind, told, sent: failed(
            kind,
            retry_after_s=0.0,
            is_sent=sent or told is not None,
            answered=None if told is None else answered("{}", told),
        ),
        st.sampled_from(
            ["timeout", "rate_limited", "overloaded", "auth", "bad_request", "content_policy",
             "context_too_long", "schema_invalid"]
        ),
        st.none() | USAGES,
        st.booleans(),
    ),
    st.just(_slowly),
    st.just(_crash),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    scripts=st.lists(st.lists(STEPS, max_size=6), min_size=1, max_size=3),
    n_asks=st.integers(1, 5),
    cancel_at=st.lists(st.sampled_from([0.0, 0.0, 0.001, 0.002, 0.004, 0.009]), max_size=5),
    tokens=st.integers(500, 12_000),
    ledger_s=st.sampled_from([0.0, 0.001]),
)
async def test_every_reservation_ends_once_and_the_counters_are_what_was_settled(
    scripts: list[list[Step]],
    n_asks: int,
    cancel_at: list[float],
    tokens: int,
    ledger_s: float,
) -> None:
    ledger = MemoryLedger(delay_s=ledger_s)
    models = [StandInModel(f"m{i}", *steps) for i, steps in enumerate(scripts)]
    wired = desk(*models, ledger=ledger)
    asked = ask(account=account(command_tokens=tokens), variants=LADDER, max_tokens=400)

    requests = [
        asyncio.create_task(wired.manager.draft(asked, deadline=Deadline(10)))
        for _ in range(n_asks)
    ]
    for request, after_s in zip(requests, cancel_at, strict=False):
        await asyncio.sleep(after_s)
        request.cancel()
    await asyncio.gather(*requests, return_exceptions=True)
    await wired.manager.aclose()

    assert "reserved" not in ledger.states()
    assert len(ledger.settlements) == len(ledger.reservations)
    assert ledger.n_ended_before == 0
    assert {key: n for key, n in ledger.counters.items() if n} == {
        key: n for key, n in _sums(ledger).items() if n
    }


def _sums(ledger: MemoryLedger) -> Counter[tuple[str, str, str]]:
    sums: Counter[tuple[str, str, str]] = Counter()
    for id_, reservation in ledger.reservations.items():
        for scope in reservation.scopes:
            kept = kept_of(reservation, ledger.settlements[id_], scope)
            sums[scope.kind, scope.key, scope.window] += kept
    return sums
