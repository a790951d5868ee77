"""The time at a provider's server, by which a wrong clock of this machine is found."""

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from services.model_http import open_client

WAIT_S = 5.0


async def server_date(url: str, *, proxy: str | None = None) -> datetime | None:
    """Give the date that a server answers with; None when it does not answer or tells none.

    Its root is asked for, without a key, so that nothing is used up.

    Args:
        url: Any address at the server.
        proxy: Where requests go through; None: the usual variables hold.
    """
    import httpx2  # noqa: PLC0415 - 0.15 s, paid by a desk that has a key

    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"
    try:
        # Certificates are read for a fifth of a second.
        async with await asyncio.to_thread(open_client, in_flight=1, proxy=proxy) as client:
            answer = await client.head(root, timeout=WAIT_S)
        date = parsedate_to_datetime(answer.headers.get("date", ""))
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
