import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.llm.estimates import count_text, estimate_input
from core.llm.pricing import MAX_KNOWN_IDS, Price, Prices
from schemas.llm import Message, Provider, Usage
from schemas.model_settings import ModelEntry, ModelPrice

TABLE = {("openai", "gpt-5"): Price(1_250_000, 125_000, 10_000_000)}
OWN = {
    "table": ModelEntry(provider="openai", model="gpt-5"),
    "unknown": ModelEntry(provider="openai", model="gpt-99"),
    "own": ModelEntry(
        provider="openai", model="gpt-5", price=ModelPrice(input=0.1, output=0.4, cached=0.02)
    ),
    "free": ModelEntry(provider="compatible", model="x", price=ModelPrice(input=0, output=0)),
}


def look_up(provider: Provider, model: str) -> Price | None:
    return TABLE.get((provider, model.removesuffix("-2025-08-07")))


@pytest.mark.parametrize(
    ("name", "answered_by", "price"),
    [
        ("table", None, Price(1_250_000, 125_000, 10_000_000)),
        ("table", "gpt-5-2025-08-07", Price(1_250_000, 125_000, 10_000_000)),
        ("table", "an-id-that-is-new", Price(1_250_000, 125_000, 10_000_000)),
        ("unknown", None, None),
        ("unknown", "gpt-5", Price(1_250_000, 125_000, 10_000_000)),
        ("own", "gpt-5", Price(100_000, 20_000, 400_000)),
        ("free", "anything", Price(0, 0, 0)),
        ("nobody", None, None),
    ],
)
def test_a_price_is_the_settings_else_the_answerers_else_the_entrys(
    name: str, answered_by: str | None, price: Price | None
) -> None:
    assert Prices(OWN, look_up).find(name, answered_by) == price


def test_a_price_of_zero_is_a_price() -> None:
    prices = Prices(OWN, look_up)

    free = prices.find("free")

    assert free is not None
    assert (free.is_free, free.cost(Usage(input_tokens=10**9))) == (True, 0)


def test_the_table_is_asked_once_for_each_id_and_remembers_only_so_many() -> None:
    asked: list[str] = []

    def table(_: Provider, model: str) -> None:
        asked.append(model)

    prices = Prices(OWN, table)
    prices.warm()
    prices.warm()
    n_warm = len(asked)
    for i in range(MAX_KNOWN_IDS + 10):
        prices.find("table", f"made-up-{i}")

    assert (n_warm, len(prices._known) <= MAX_KNOWN_IDS + 1) == (2, True)


def test_a_price_that_changes_holds_from_the_next_day_on() -> None:
    now = [0.0]
    prices = Prices(OWN, lambda _provider, _model: Price(int(now[0]), 0, 0), clock=lambda: now[0])

    found = []
    for at in (10.0, 86_399.0, 86_400.0):
        now[0] = at
        found.append(prices.find("table"))

    assert [price and price.input for price in found] == [10, 10, 86_400]


@given(
    price=st.builds(Price, *[st.integers(0, 10**9)] * 3),
    tokens=st.tuples(*[st.integers(0, 10**7)] * 3),
)
def test_a_cost_is_never_more_than_what_was_reserved_for_as_many_tokens(
    price: Price, tokens: tuple[int, int, int]
) -> None:
    n_in, cached, out = tokens
    usage = Usage(input_tokens=n_in, cached_tokens=min(cached, n_in), output_tokens=out)

    assert 0 <= price.cost(usage) <= price.most(input_tokens=n_in, output_tokens=out)


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        # Counted once with the public vocabularies o200k_base and cl100k_base; the larger is here.
        (
            "The city council voted 7 to 2 on Tuesday to reopen the old tram line between the "
            "harbour and the northern suburbs, nineteen years after it was closed.",
            32,
        ),
        (
            "[k7q] Lenna bridge opens after repairs — traffic returns to two lanes on 14 March "
            "2026 (Harbour Post, 2026-03-14)",
            36,
        ),
        (
            "Revenue rose 12.4% to $3.18bn; EPS $0.87 vs. $0.79 expected. "
            'CEO: "We\'re not done yet."',
            36,
        ),
        (
            "Городской совет во вторник семью голосами против двух решил вновь открыть трамвайную "
            "линию между портом и северными районами, закрытую девятнадцать лет назад.",
            79,
        ),
        (
            "[m2x] Мост через Ленну открыт после ремонта — движение вернулось на две полосы "
            "14 марта 2026 года (Портовый вестник, 2026-03-14)",
            66,
        ),
        (
            "Выручка выросла на 12,4 % до 3,18 млрд долларов; прибыль на акцию — 0,87 доллара "
            "против ожидавшихся 0,79.",
            61,
        ),
        (
            "Министерство здравоохранения сообщило о запуске обновлённой государственной "
            "информационной системы электронных рецептов.",
            52,
        ),
        (
            "Мэрия Dorvale подписала контракт с Northwind Rail на 24 трамвая; "
            "стоимость — €61,5 млн.",
            38,
        ),
        ("antidisestablishmentarianism", 6),
        ("2 + 2 = 4", 7),
    ],
)
def test_an_estimate_is_not_below_what_real_vocabularies_count(text: str, counted: int) -> None:
    assert counted <= count_text(text) <= 4 * counted


def test_an_estimate_counts_every_message_and_the_schema() -> None:
    message = Message(role="user", content="a" * 300)

    one = estimate_input("compose", [message])
    two = estimate_input("compose", [message, message])

    assert two - one == 104
    assert one > 104


def test_half_an_emoji_in_a_text_can_be_counted() -> None:
    assert count_text("broken \ud83d") > 0
