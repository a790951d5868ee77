"""Bring files of news into the desk: read, store, index."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import structlog

from core.errors import IndexFailed, UsageError
from core.stories.intake import BadLine
from core.text.language import release_model
from monitoring.metrics import Metrics
from schemas.articles import ImportSummary, RawItem
from schemas.principal import Principal
from schemas.sources import AddedSources, FeedLink
from services.indexing import Indexing
from services.ingestion import Ingestion
from services.memory import return_memory

log = structlog.get_logger(__name__)

ReadItems = Callable[[Path, datetime], Iterator[RawItem | BadLine | FeedLink]]
AddLinks = Callable[[Principal, Sequence[FeedLink]], Awaitable[AddedSources]]
OnProgress = Callable[[int, int | None], None]
CHUNK = 1 << 20

LINE_SUFFIXES = (".jsonl", ".ndjson")

MAX_LINKS = 20_000
"""Addresses of feeds that one import takes from lists; further ones are refused in words."""


class Importing:
    """Imports paths; one import at a time, since stories form in one ordered lane."""

    def __init__(
        self,
        ingestion: Ingestion,
        indexing: Indexing,
        *,
        read: ReadItems,
        now: Callable[[], datetime],
        metrics: Metrics,
        add_links: AddLinks | None = None,
    ) -> None:
        self._ingestion = ingestion
        self._indexing = indexing
        self._read = read
        self._now = now
        self._metrics = metrics
        self._add_links = add_links

    async def import_paths(
        self,
        principal: Principal,
        paths: Sequence[Path],
        *,
        on_progress: OnProgress | None = None,
    ) -> ImportSummary:
        """Import files and folders in the order given.

        Args:
            principal: Needs the operator role, or is the desk itself.
            paths: Files and folders of any kind that is read.
            on_progress: Told how many items were read, and how many there are (by lines of JSON;
                None where other files are among them).

        Returns:
            The counts of all files together; feeds that lists name are added after the items, and
            why one was refused is among the problems.

        Raises:
            UsageError: A path does not exist or cannot be read.
            StoreFull: No space is left; what was committed before stays.
        """
        for path in paths:
            if not path.exists():
                raise UsageError(
                    f"there is no file or folder {str(path)!r}", field="option", word=str(path)
                )
        total = await asyncio.to_thread(count_lines, paths)
        now = self._now()

        links: dict[str, FeedLink] = {}

        def items() -> Iterator[RawItem | BadLine]:
            for path in paths:
                for found in self._read(path, now):
                    if not isinstance(found, FeedLink):
                        yield found
                    elif len(links) < MAX_LINKS or found.url in links:
                        links.setdefault(found.url, found)
                    else:
                        yield BadLine(path.name, 1, f"a feed beyond the first {MAX_LINKS:,}")

        def report(so_far: ImportSummary) -> None:
            if on_progress is not None:
                on_progress(so_far.read, total)

        summary = await self.ingest(principal, items(), on_progress=report)
        summary = await self._add(principal, list(links.values()), summary)
        log.info(
            "import.finished",
            read=summary.read,
            new=summary.new,
            revised=summary.revised,
            duplicate=summary.duplicate,
            refused=summary.refused,
            feeds=summary.feeds,
            elapsed_s=round(summary.elapsed_s, 1),
        )
        return summary

    async def _add(
        self, principal: Principal, links: Sequence[FeedLink], summary: ImportSummary
    ) -> ImportSummary:
        """Hand the feeds that were named to whoever polls them; tells what became of them."""
        if not links:
            return summary
        added = AddedSources(problems=("the feeds were not added: nothing here polls sources",))
        if self._add_links is not None:
            added = await self._add_links(principal, links)
        return summary.model_copy(
            update={"feeds": len(links), "problems": summary.problems + added.problems}
        )

    async def ingest(
        self,
        principal: Principal,
        items: Iterator[RawItem | BadLine],
        *,
        on_progress: Callable[[ImportSummary], None] | None = None,
    ) -> ImportSummary:
        """Store items while the index follows; gives the counts."""
        feeding = asyncio.create_task(self._follow())
        try:
            summary = await self._ingestion.ingest(
                principal, items, now=self._now(), on_progress=on_progress
            )
            self._count(summary)
            return summary
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
            await self.catch_up(is_over=True)

    async def catch_up(self, *, is_over: bool) -> None:
        """Let the index follow news that was stored; `is_over`: no more for now."""
        await self.drain()
        if is_over:
            # A desk answers far longer than it imports: what only imports need is given back.
            release_model()
            await asyncio.to_thread(return_memory)

    def _count(self, summary: ImportSummary) -> None:
        counts = {
            "new": summary.new,
            "revised": summary.revised,
            "duplicate": summary.duplicate,
            "refused": summary.refused,
        }
        for outcome, n in counts.items():
            self._metrics.ingest_articles_total.labels(source_kind="file", outcome=outcome).inc(n)

    async def _follow(self) -> None:
        """Index what is stored while the import goes on, so that neither waits for the other."""
        while True:
            await asyncio.sleep(0.5)
            try:
                await self._indexing.drain(now=self._now())
            except IndexFailed:
                return  # the drain at the end tries again and tells it once

    async def drain(self) -> int:
        """Bring the index up to date; a failing index leaves its rows for the next time."""
        done = 0
        while True:
            try:
                n = await self._indexing.drain(now=self._now(), limit=2_000)
            except IndexFailed as error:
                log.error("index.failed", error=str(error))
                return done
            done += n
            if n == 0:
                return done


def count_lines(paths: Sequence[Path]) -> int | None:
    """Count the lines of JSON lines files for a progress bar; None where that cannot be known.

    Packed files would have to be unpacked for it, a pipe can be read only once, and how many items
    another kind of file holds is known when it is read.
    """
    files: list[Path] = []
    for path in paths:
        inside = path.iterdir() if path.is_dir() else [path]
        files += [file for file in inside if not file.name.startswith(".") or file == path]
    if any(file.suffix not in LINE_SUFFIXES or not file.is_file() for file in files):
        return None
    total = 0
    for file in files:
        try:
            with file.open("rb") as handle:
                while chunk := handle.read(CHUNK):
                    total += chunk.count(b"\n")
        except OSError:  # whoever reads it for good says what is wrong with it
            return None
    return total
