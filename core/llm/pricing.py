"""What models cost, in integer micro-dollars."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from schemas.llm import Provider, Usage
from schemas.model_settings import ModelEntry, ModelPrice

PER_TOKENS = 1_000_000
DAY_S = 86_400
MICRO_PER_DOLLAR = 1_000_000
MAX_KNOWN_IDS = 1_000
"""Prices remembered by id; a server that makes up a new id each time must not fill the memory."""

PriceTable = Callable[[Provider, str], "Price | None"]
"""Gives the price of a provider's model by its id there; None: the table does not know it."""


@dataclass(frozen=True, slots=True)
class Price:
    """Micro-dollars per million tokens; `cached` is for the part of the input that was cached."""

    input: int
    cached: int
    output: int

    def cost(self, usage: Usage) -> int:
        """Micro-dollars of `usage`, rounded up; reasoning is a part of the output."""
        cached = min(usage.cached_tokens, usage.input_tokens)
        total = (
            (usage.input_tokens - cached) * self.input
            + cached * self.cached
            + usage.output_tokens * self.output
        )
        return -(-total // PER_TOKENS)

    def most(self, *, input_tokens: int, output_tokens: int) -> int:
        """Micro-dollars that so many tokens cost at most, rounded up."""
        dearest = max(self.input, self.cached)
        return -(-(input_tokens * dearest + output_tokens * self.output) // PER_TOKENS)

    @property
    def is_free(self) -> bool:
        """Whether it costs nothing: a price too, and not the same as an unknown one."""
        return self.input == self.cached == self.output == 0


class Prices:
    """The price of each entry: the one that its setting names, else the table's.

    A table is asked again every day (of `clock`, seconds since 1970): vendors announce from when
    a price holds.
    """

    def __init__(
        self,
        entries: Mapping[str, ModelEntry],
        table: PriceTable,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._entries = entries
        self._table = table
        self._clock = clock
        self._known: dict[tuple[str, str], Price | None] = {}
        self._day = 0

    def find(self, name: str, answered_by: str | None = None) -> Price | None:
        """Give what a model of the routes costs, None when nobody knows.

        Args:
            name: The entry, as routes name it.
            answered_by: The id that really answered, by the provider's own word; where the table
                does not know it, the entry's price holds.
        """
        entry = self._entries.get(name)
        if entry is None:
            return None
        if entry.price is not None:
            return _from_setting(entry.price)
        by_entry = self._look_up(entry.provider, entry.model)
        if answered_by is None or answered_by == entry.model:
            return by_entry
        by_id = self._look_up(entry.provider, answered_by)
        return by_entry if by_id is None else by_id

    def warm(self) -> None:
        """Look up every entry; the first look into a table may take its import, half a second."""
        for name in self._entries:
            self.find(name)

    def _look_up(self, provider: Provider, model: str) -> Price | None:
        key, day = (provider, model), int(self._clock() // DAY_S)
        if day != self._day or len(self._known) > MAX_KNOWN_IDS:
            self._known.clear()
            self._day = day
        if key not in self._known:
            self._known[key] = self._table(provider, model)
        return self._known[key]


def _from_setting(price: ModelPrice) -> Price:
    cached = price.input if price.cached is None else price.cached
    return Price(input=_micro(price.input), cached=_micro(cached), output=_micro(price.output))


def _micro(dollars: float) -> int:
    return round(dollars * MICRO_PER_DOLLAR)
