"""The first run with a network: a list of well-known feeds for a desk that has no sources."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files

from core.access import system_principal, visible
from core.rendering.source_words import failure_words
from core.rhythm import OWN_NETWORK
from schemas.sources import FailureReason
from services.polls import PollResult
from services.sources import SourceDesk, SourceParts

ENOUGH = 5
"""Sources that must answer before anybody calls it news of the world."""

FACT = "starter"
"""Key of the fact that the list was added once: whoever removes it all is not given it again."""

_OF_ALL: dict[FailureReason, str] = {
    "dns": "the names do not resolve",
    "connect": "no connection can be made",
    "timeout": "no server answers in time",
    "tls": "the certificates are not valid",
    "forbidden": "the addresses lead into private networks",
}
"""What the usual reasons say of many sources at once."""

OnProgress = Callable[[int, int, int], None]
"""Told how many sources answered, how many were asked so far, and how many there are."""


@dataclass(frozen=True, slots=True)
class StarterResult:
    """How many of the list's sources answered; `why` says in words why so few did, else None."""

    n_answered: int
    n_sources: int
    why: str | None


class Starter:
    """Adds the starter list to a fresh desk and polls it."""

    def __init__(self, sources: SourceDesk, parts: SourceParts) -> None:
        self._sources = sources
        self._parts = parts

    async def is_wanted(self) -> bool:
        """Whether the desk may poll, has no sources of its own, and never had the list."""
        if self._parts.settings.poll == "off" or self._parts.settings.starter == "off":
            return False
        everything = visible(system_principal())
        async with self._parts.store.transaction(is_write=False) as unit:
            if await unit.ops.get_value(FACT) is not None:
                return False
            if await unit.sources.listed(everything):
                return False
            return not (await unit.ops.counts(everything, now=self._parts.now())).n_real

    async def begin(self, on_progress: OnProgress | None = None) -> StarterResult:
        """Add the list, poll it once, and say how many of its sources answered.

        Those that did not are tried again by themselves, later and later.
        """
        body = files("services").joinpath("starter.opml").read_bytes()
        await self._sources.add_links(
            system_principal(), self._parts.read_opml(body), is_private=False, is_starter=True
        )
        async with self._parts.store.transaction() as unit:
            await unit.ops.set_value(FACT, "added")
        listed = await self._sources.listed(system_principal())
        mine = [source for source in listed if source.is_starter]
        reasons: Counter[FailureReason] = Counter()
        n_answered = 0

        def count(result: PollResult) -> None:
            nonlocal n_answered
            if result.reason is None:
                n_answered += 1
            else:
                reasons[result.reason] += 1
            if on_progress is not None:
                on_progress(n_answered, n_answered + reasons.total(), len(mine))

        await self._parts.polling.poll_all(mine, on_polled=count)
        return StarterResult(
            n_answered=n_answered,
            n_sources=len(mine),
            why=_why(n_answered, reasons) if n_answered < ENOUGH else None,
        )


def _why(n_answered: int, reasons: Counter[FailureReason]) -> str:
    """Say in one sentence what most sources failed with."""
    if not reasons:
        return "the desk was stopped before they could"
    reason, n = reasons.most_common(1)[0]
    words = _OF_ALL.get(reason) or failure_words(reason, "en")
    if not n_answered and reasons.keys() <= OWN_NETWORK:
        return f"no source could be reached: {words}"
    return f"{n} of {reasons.total()} that did not: {words}"
