"""The price table: what is known is exact, what is not known is None and never 0."""

from datetime import UTC, date, datetime

import pytest

from core.llm.pricing import Price
from schemas.llm import Provider
from schemas.model_settings import DEFAULT_ENTRIES
from services.adapters.llm.prices import price_of, price_table_date

AT = datetime(2026, 11, 1, tzinfo=UTC)
SONNET = Price(input=3_000_000, cached=300_000, output=15_000_000)


@pytest.mark.parametrize(
    ("provider", "model", "price"),
    [
        ("openai", "gpt-5", Price(input=1_250_000, cached=125_000, output=10_000_000)),
        ("openai", "gpt-5-2025-08-07", Price(input=1_250_000, cached=125_000, output=10_000_000)),
        ("anthropic", "claude-sonnet-4-5", SONNET),
        ("anthropic", "claude-sonnet-4-5-20250929", SONNET),
        (
            "gemini",
            "models/gemini-2.5-pro",
            Price(input=1_250_000, cached=125_000, output=10_000_000),
        ),
        ("openai", "text-embedding-3-small", Price(input=20_000, cached=20_000, output=0)),
    ],
)
def test_a_price_is_found_by_alias_and_by_dated_id(
    provider: Provider, model: str, price: Price
) -> None:
    assert price_of(provider, model, at=AT) == price


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "gpt-imaginary"),
        ("openai", "claude-sonnet-4-5"),
        ("openai", ""),
        ("openai", "tts-1"),
        ("compatible", "gpt-5"),
        ("scripted", "scripted"),
    ],
)
def test_what_the_table_does_not_know_has_no_price(provider: Provider, model: str) -> None:
    assert price_of(provider, model, at=AT) is None


@pytest.mark.parametrize("name", [n for n, e in DEFAULT_ENTRIES.items() if e.price is None])
def test_every_built_in_model_has_a_price_that_is_no_zero(name: str) -> None:
    entry = DEFAULT_ENTRIES[name]

    price = price_of(entry.provider, entry.model)

    assert price is not None
    assert min(price.input, price.cached, price.output) > 0


def test_an_announced_price_holds_from_its_day_on() -> None:
    prices = {
        price_of("openai", "gpt-5.6-terra", at=datetime(year, 1, 1, tzinfo=UTC))
        for year in (2026, 2027)
    }

    assert len(prices) == 2


def test_the_table_says_how_new_it_is_at_least() -> None:
    assert date(2026, 1, 1) < price_table_date() <= datetime.now(UTC).date()
