"""Items on their way in, cut into batches of bounded size."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator

from core.stories.intake import BadLine
from schemas.articles import RawItem

BATCH_ITEMS = 200
BATCH_CHARS = 4_000_000
"""A batch ends at so many items or characters, whichever comes first: bounded memory."""

Items = Iterable[RawItem | BadLine] | AsyncIterable[RawItem | BadLine]


async def in_batches(items: Items) -> AsyncIterator[list[RawItem | BadLine]]:
    """Give the items in order, batch by batch; a plain iterable is read in a thread."""
    if isinstance(items, AsyncIterable):
        batch: list[RawItem | BadLine] = []
        n_chars = 0
        async for item in items:
            batch.append(item)
            n_chars += _size(item)
            if len(batch) >= BATCH_ITEMS or n_chars >= BATCH_CHARS:
                yield batch
                batch, n_chars = [], 0
        if batch:
            yield batch
        return
    iterator = iter(items)
    while taken := await asyncio.to_thread(_take, iterator):
        yield taken


def _take(iterator: Iterator[RawItem | BadLine]) -> list[RawItem | BadLine]:
    batch: list[RawItem | BadLine] = []
    n_chars = 0
    for item in iterator:
        batch.append(item)
        n_chars += _size(item)
        if len(batch) >= BATCH_ITEMS or n_chars >= BATCH_CHARS:
            break
    return batch


def _size(item: RawItem | BadLine) -> int:
    return len(item.title) + len(item.text) if isinstance(item, RawItem) else 0
