"""How well and how fast lists, exports, pages and files of any kind are read.

`python -m tests.performance.bench_formats` reads the sets under
`NEWSDESK_EVAL_DATA`. It prints the share of addresses found in OPML, the 4-gram F1 of extraction
(by the definition of the data's own scorer) with milliseconds a page, how many messages each
Telegram export gives, and that every feed, list and page of the sets goes through `read_files`
without an error. Targets: OPML at least 99 %, F1 at least .95, no crash, no file over 10 s.
"""

import base64
import gzip
import json
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time

from core.stories.intake import BadLine
from schemas.articles import RawItem
from schemas.sources import FeedLink
from services.adapters.sources.extract import extract_article
from services.adapters.sources.files import read_files
from services.adapters.sources.opml import read_opml
from services.adapters.sources.telegram_export import read_export

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OPML = "feeds_opml_awesome_rss/opml.jsonl"
PAGES = "html_article_extraction/pages.jsonl"
EXPORTS = "telegram_export_fixtures"
SLOW_S = 10

Row = Mapping[str, object]


def rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def body_of(row: Row) -> bytes | None:
    """Give the exact bytes of a row, None when it holds none."""
    match row:
        case {"body": str(text)}:
            return text.encode()
        case {"body_b64": str(packed)}:
            return base64.b64decode(packed)
        case {"html_gz_b64": str(packed)}:
            return gzip.decompress(base64.b64decode(packed))
    return None


def grams(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return Counter(tuple(words[n : n + 4]) for n in range(max(1, len(words) - 3)))


def measure_lists(data: Path) -> None:
    wanted = found = n_lists = 0
    started = process_time()
    for row in rows(data / OPML):
        urls = {link.url for link in read_opml(body_of(row) or b"")}
        gold = row["xml_urls"]
        assert isinstance(gold, list)
        wanted += len(gold)
        found += sum(url in urls for url in gold)
        n_lists += 1
    each_ms = (process_time() - started) * 1_000 / n_lists
    print(
        f"OPML        {found}/{wanted} = {found / wanted:.1%} addresses, {each_ms:.2f} ms a list"
    )


def measure_pages(data: Path) -> None:
    hit = said = wanted = n_pages = n_dated = 0
    extract_article(b"<html><body><p>warm</p></body></html>")
    started = process_time()
    found = []
    for row in rows(data / PAGES):
        page = extract_article(body_of(row) or b"", url=str(row["url"]))
        found.append((page.text, str(row["articleBody"])))
        n_dated += page.published_at is not None
    each_ms = (process_time() - started) * 1_000 / len(found)
    for text, gold in found:
        ours, theirs = grams(text), grams(gold)
        hit += sum((ours & theirs).values())
        said += sum(ours.values())
        wanted += sum(theirs.values())
        n_pages += 1
    f1 = 2 * hit / (said + wanted)
    print(f"extraction  F1 {f1:.4f} on {n_pages} pages, {n_dated} dated, {each_ms:.1f} ms a page")


def measure_exports(data: Path) -> None:
    for path in sorted((data / EXPORTS).glob("*.json")):
        found = list(read_export(path, now=NOW))
        n_bad = sum(isinstance(one, BadLine) for one in found)
        print(f"export      {path.name}: {len(found) - n_bad} messages, {n_bad} bad lines")


def measure_files(data: Path) -> int:
    """Read every body of the sets as a file; gives how many crashed or took too long."""
    n_wrong = 0
    sets = [*sorted(data.glob("feeds_*/*.jsonl")), data / PAGES]
    with tempfile.TemporaryDirectory() as folder:
        for origin in sets:
            counts: Counter[str] = Counter()
            slowest_s = 0.0
            for number, row in enumerate(rows(origin)):
                body = body_of(row)
                if body is None:
                    continue
                path = Path(folder) / f"{number}.bin"
                path.write_bytes(body)
                started = perf_counter()
                try:
                    found = list(read_files(path, now=NOW))
                except Exception as error:  # noqa: BLE001 - to find any is what this is for
                    found = []
                    n_wrong += 1
                    print(f"CRASHED {row.get('id')}: {type(error).__name__}: {error}")
                took_s = perf_counter() - started
                n_wrong += took_s > SLOW_S
                slowest_s = max(slowest_s, took_s)
                counts["files"] += 1
                counts["items"] += sum(isinstance(one, RawItem) for one in found)
                counts["feeds"] += sum(isinstance(one, FeedLink) for one in found)
                counts["refusals"] += sum(isinstance(one, BadLine) for one in found)
            told = ", ".join(f"{n} {what}" for what, n in counts.items())
            print(
                f"files       {origin.parent.name}/{origin.stem}: {told}; "
                f"slowest {slowest_s:.2f} s"
            )
    return n_wrong


def main() -> int:
    folder = os.environ.get("NEWSDESK_EVAL_DATA")
    if not folder:
        print("NEWSDESK_EVAL_DATA names no folder: nothing to measure")
        return 0
    data = Path(folder)
    measure_lists(data)
    measure_pages(data)
    measure_exports(data)
    return 1 if measure_files(data) else 0


if __name__ == "__main__":
    sys.exit(main())
