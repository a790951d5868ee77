"""Fetchers for tests: the loopback allowed, no pauses, names that exist nowhere else."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from core.errors import SourceFailed
from schemas.settings import FetchSettings
from services.adapters.sources.fetch import Fetcher
from services.adapters.sources.resolving import Resolver

LOOPBACK = frozenset({"127.0.0.0/8"})


def resolving(names: Mapping[str, Sequence[str]]) -> Resolver:
    """Resolve only these names."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        if host not in names:
            raise OSError(-2, "Name or service not known")
        return names[host]

    return resolve


@asynccontextmanager
async def fetching(*, resolve: Resolver | None = None, **settings: Any) -> AsyncIterator[Fetcher]:
    """A fetcher that is closed at the end."""
    values = {"allowed_networks": LOOPBACK, "host_pause_s": 0.0, "timeout_s": 5.0} | settings
    fetcher = Fetcher(FetchSettings(**values), user_agent="Newsdesk test", resolve=resolve)
    try:
        yield fetcher
    finally:
        await fetcher.aclose()


async def failure(fetcher: Fetcher, url: str, **more: Any) -> SourceFailed:
    """Fetch what cannot be fetched; gives why."""
    try:
        page = await fetcher.get(url, **more)
    except SourceFailed as error:
        return error
    raise AssertionError(f"{url} was fetched: {len(page.body)} bytes")
