"""What the vendors charge, by the price data of genai-prices."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_UP, Decimal
from typing import TYPE_CHECKING

from core.llm.pricing import Price
from schemas.llm import Provider

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot

VENDORS: Mapping[Provider, str] = {
    "openai": "openai",
    "anthropic": "anthropic",
    "gemini": "google",
}
"""Vendors as the table names them; what a compatible server or a script costs, nobody tells."""

EMBEDS = "embedding"
"""In the name of a model that makes vectors: it writes nothing, so its output has no price."""

_MICRO = Decimal(1_000_000)


def price_of(provider: Provider, model: str, *, at: datetime | None = None) -> Price | None:
    """Give the price of a model, None when the table does not know it; never a guess or zero.

    The first call imports the table, half a second: make it away from the event loop. Where a
    vendor charges more beyond some length of prompt (200,000 tokens and more), the base price is
    given: no request of ours comes near.

    Args:
        provider: Whose model it is.
        model: Its id at the provider, an alias or a dated one.
        at: When it is used; prices change at announced dates. None: now.
    """
    vendor = VENDORS.get(provider)
    if vendor is None:
        return None
    bare = model.removeprefix("models/") if provider == "gemini" else model
    try:
        _, found = _table().find_provider_model(bare, None, vendor, None)
    except LookupError:
        return None
    prices = found.get_prices(at or datetime.now(UTC))
    input_ = _micro(getattr(prices, "input_mtok", None))
    cached = _micro(getattr(prices, "cache_read_mtok", None))
    output = _micro(getattr(prices, "output_mtok", None))
    if output is None and EMBEDS in found.id:
        output = 0
    if input_ is None or output is None:
        return None
    return Price(input=input_, cached=input_ if cached is None else cached, output=output)


def price_table_date() -> date:
    """Give the day of the newest price change that the table knows and that has come.

    The table itself carries no date; it is at least as new as that.
    """
    today = datetime.now(UTC).date()
    return max(
        day
        for provider in _table().providers
        for model in provider.models
        for day in _days(model.prices)
        if day <= today
    )


def _days(prices: object) -> list[date]:
    if not isinstance(prices, list):
        return []
    days = (getattr(conditional.constraint, "start_date", None) for conditional in prices)
    return [day for day in days if isinstance(day, date)]


def _table() -> "DataSnapshot":
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - half a second

    return get_snapshot()


def _micro(price: object) -> int | None:
    """Dollars to micro-dollars, rounded up; the base of a price with tiers."""
    base = getattr(price, "base", price)
    if not isinstance(base, Decimal) or not base.is_finite():
        return None
    return int((base * _MICRO).to_integral_value(rounding=ROUND_UP))
