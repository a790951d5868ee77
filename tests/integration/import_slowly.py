"""A program that imports a file in small batches and counts aloud; a test kills it."""

import asyncio
import sys
from pathlib import Path

from core.access import system_principal
from services import ingestion
from services.adapters.sources.jsonl import read_jsonl
from services.adapters.store.engine import SqlStore
from tests.integration.test_ingestion import NOW


async def main(folder: Path, lines: Path) -> None:
    ingestion.BATCH_ITEMS = 20
    store = await SqlStore.open(folder / "desk.db")
    await ingestion.Ingestion(store).ingest(
        system_principal(),
        read_jsonl(lines, now=NOW),
        now=NOW,
        on_progress=lambda so_far: print(so_far.new, flush=True),
    )


if __name__ == "__main__":
    desk = Path(sys.argv[1])
    desk.mkdir()
    asyncio.run(main(desk, Path(sys.argv[2])))
