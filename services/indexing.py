"""From the store to the search index: the outbox drained, or everything built again."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from core.access import system_principal, visible
from core.errors import EmbedderChanged, IndexFailed, IndexFull, IndexUnreachable
from core.ports.embedder import Embedder
from core.ports.index import Document, SearchIndex
from core.ports.outbox import OutboxRow
from core.ports.store import Store
from core.text.tokens import clean_display
from schemas.articles import Article
from services.lanes import INDEX

KIND = "article"
BATCH = 200
"""Documents of one upsert: the engine holds the GIL longer for more."""

MAX_TRIES = 8
TRIES_TOGETHER = 2
"""Rows that failed so often in a batch go one by one: a bad document must not block the others."""

MAX_TEXT_CHARS = 8_000
MAX_EMBEDDED_CHARS = 800

_log = structlog.get_logger(__name__)


class Indexing:
    """Keeps the search index eventually equal to the store; one drain at a time."""

    def __init__(self, store: Store, index: SearchIndex, embedder: Embedder) -> None:
        self._store = store
        self._index = index
        self._embedder = embedder
        self._everything = visible(system_principal())
        self._turn = asyncio.Lock()

    async def drain(self, *, now: datetime, limit: int = 10_000) -> int:
        """Bring the oldest waiting changes of articles into the index.

        Applying a change twice is harmless, so a crash between index and store repeats the batch.
        A change that fails counts a try; after 8 it is a dead letter.

        Args:
            now: When rows are marked done.
            limit: Most rows to take, at least 1.

        Returns:
            How many rows are done.

        Raises:
            EmbedderChanged: The stored vectors come from another model; no try is counted.
            IndexFull: There is no space left; no try is counted.
            IndexUnreachable: The index does not answer; no try is counted.
            IndexFailed: Nothing could be written; the rows wait for the next drain.
        """
        n_done = 0
        async with self._turn:
            while n_done < limit:
                async with self._store.exclusive(INDEX):
                    async with self._store.transaction(is_write=False) as unit:
                        rows = await unit.outbox.pending(KIND, limit=min(BATCH, limit - n_done))
                    if not rows:
                        break
                    n_batch = await self._apply_all(rows, now=now)
                n_done += n_batch
                if n_batch < len(rows):
                    break
        return n_done

    async def rebuild(
        self, on_progress: Callable[[int], None] | None = None, *, now: datetime
    ) -> int:
        """Forget the index and build it again from the store; gives how many articles it holds.

        What waited in the outbox before is thereby done. `on_progress` gets the number indexed
        so far.

        Raises:
            IndexFailed: The index is incomplete; run it again.
        """
        async with self._turn:
            async with self._store.transaction(is_write=False) as unit:
                n_waiting, _ = await unit.outbox.backlog(KIND)
                waiting = await unit.outbox.pending(KIND, limit=max(1, n_waiting))
            await self._index.clear(KIND)
            n_indexed = after_id = 0
            while True:
                # Another process may bring a newer version in: not between reading and writing.
                async with self._store.exclusive(INDEX):
                    async with self._store.transaction(is_write=False) as unit:
                        found = await unit.articles.scan(
                            self._everything, after_id=after_id, limit=BATCH
                        )
                    if not found:
                        break
                    await self._upsert([row.article for row in found])
                after_id = found[-1].article.id
                n_indexed += len(found)
                if on_progress:
                    on_progress(n_indexed)
            for start in range(0, len(waiting), BATCH):
                async with self._store.transaction() as unit:
                    seqs = [row.seq for row in waiting[start : start + BATCH]]
                    await unit.outbox.done(seqs, at=now)
            return n_indexed

    async def _apply_all(self, rows: Sequence[OutboxRow], *, now: datetime) -> int:
        """Apply rows together, or one by one where a batch has failed before; gives how many."""
        if all(row.tries < TRIES_TOGETHER for row in rows):
            parts = [rows]
        else:
            parts = [[row] for row in rows]
        n_done = 0
        failure: IndexFailed | None = None
        for part in parts:
            seqs = [row.seq for row in part]
            try:
                await self._apply(part)
            except (EmbedderChanged, IndexFull, IndexUnreachable):
                raise
            except IndexFailed as error:
                failure = error
                async with self._store.transaction() as unit:
                    n_dead = await unit.outbox.failed(
                        seqs, error=str(error)[:500], max_tries=MAX_TRIES, at=now
                    )
                _log.warning("index.failed", rows=len(seqs), dead=n_dead, error=str(error)[:200])
            else:
                async with self._store.transaction() as unit:
                    await unit.outbox.done(seqs, at=now)
                n_done += len(part)
        if failure is not None and not n_done:
            raise failure
        return n_done

    async def _apply(self, rows: Sequence[OutboxRow]) -> None:
        last = {row.ref: row for row in rows}  # the newest change of an article is the only one
        wanted = [ref for ref, row in last.items() if row.operation == "upsert"]
        async with self._store.transaction(is_write=False) as unit:
            articles = await unit.articles.get(self._everything, wanted)
        there = {article.id for article in articles}
        await self._upsert(articles)
        gone = [ref for ref in last if ref not in there]
        if gone:
            await self._index.delete(KIND, gone)

    async def _upsert(self, articles: Sequence[Article]) -> None:
        if not articles:
            return
        texts = await asyncio.to_thread(lambda: [_readable(article) for article in articles])
        vectors = await self._embedder.embed(
            [
                f"{a.title}\n{text[:MAX_EMBEDDED_CHARS]}"
                for a, text in zip(articles, texts, strict=True)
            ]
        )
        await self._index.upsert(
            [
                Document(
                    id=article.id,
                    kind=KIND,
                    title=article.title,
                    text=text,
                    lang=article.lang,
                    at=article.at,
                    source=article.source,
                    tenant=article.tenant,
                    audience=article.audience,
                    vector=vector,
                )
                for article, text, vector in zip(articles, texts, vectors, strict=True)
            ]
        )


def _readable(article: Article) -> str:
    return clean_display(article.text[: 2 * MAX_TEXT_CHARS])[:MAX_TEXT_CHARS]
