"""How much of real feeds is read, and how fast: `python -m tests.performance.bench_feeds`.

Reads the sets `feeds_*` under the folder that `NEWSDESK_EVAL_DATA` names and prints one table; one
argument, a number, says how often the speed is measured. Nothing here may crash: an exception
other than `SourceFailed` ends the run.

A case counts as *like feedparser* when we give as many items as feedparser gives entries that
hold words, in its order, and every one of these has what its entry has:

- the id, where no other entry of the feed has the same one (spaces aside);
- the link, where it is a whole http(s) address, as the item's address, or the address that
  FeedBurner names as the original;
- the words of the title.

Entries without a word in title, summary and content (markup that shows nothing) are excepted, and
so are feeds of which feedparser reads no entry at all: a format that it does not know.
"""

import base64
import html
import io
import json
import os
import re
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.errors import SourceFailed
from schemas.articles import RawItem
from services.adapters.sources.discovery import find_feeds
from services.adapters.sources.feeds import FeedDocument, read_feed

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HIDDEN = re.compile(
    r"<(script|style|svg|object|iframe)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Case:
    """One body of a data set; `headers` are those it came with, `n_items` how many it holds."""

    name: str
    body: bytes
    headers: Mapping[str, str]
    n_items: int


def main() -> None:
    """Print what the feeds gave."""
    given = os.environ.get("NEWSDESK_EVAL_DATA")
    if not given:
        print("skipped: NEWSDESK_EVAL_DATA names no folder of labelled data")
        return
    warnings.simplefilter("ignore", DeprecationWarning)  # feedparser's own, in what it is asked
    data = Path(given)
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    for name in ("feeds_feedparser_tests/cases", "feeds_w3c_validator/cases"):
        _compare(name.partition("/")[0], list(_cases(data / f"{name}.jsonl")))
    real = list(_cases(data / "feeds_real_feedjira" / "feeds.jsonl"))
    _compare("feeds_real_feedjira", real)
    _count_items(real)
    _race(real, rounds)
    _discover(data / "feeds_w3c_validator" / "feed_discovery.jsonl")


def _cases(path: Path) -> Iterator[Case]:
    for row in _rows(path):
        packed = row.get("body_b64")
        headers = {name.lower(): value for name, value in (row.get("http_headers") or {}).items()}
        yield Case(
            name=row["id"],
            body=base64.b64decode(packed) if packed else row["body"].encode(),
            headers=headers,
            n_items=int(row.get("items_by_regex", 0)),
        )


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def _read(case: Case) -> FeedDocument | SourceFailed:
    charset = case.headers.get("content-type", "").partition("charset=")[2].strip() or None
    try:
        return read_feed(case.body, url=None, charset=charset, now=NOW, source="bench")
    except SourceFailed as failure:
        return failure


def _compare(name: str, cases: list[Case]) -> None:
    import feedparser

    n_alike, slowest, failures = 0, (0.0, ""), Counter[str]()
    different: list[str] = []
    for case in cases:
        started = time.perf_counter()
        ours = _read(case)
        slowest = max(slowest, (time.perf_counter() - started, case.name))
        if isinstance(ours, SourceFailed):
            failures[ours.reason] += 1
        items = [] if isinstance(ours, SourceFailed) else list(ours.items)
        theirs = feedparser.parse(io.BytesIO(case.body), response_headers=dict(case.headers))
        if problem := _difference(items, theirs["entries"]):
            different.append(f"{case.name}: {problem}")
        else:
            n_alike += 1
    refused = ", ".join(f"{n} {reason}" for reason, n in failures.items()) or "none"
    print(f"{name}: {len(cases)} read, none crashed; refused: {refused}")
    print(f"  slowest {slowest[0] * 1000:.0f} ms ({slowest[1]})")
    print(f"  like feedparser {n_alike / len(cases):.2%}")
    for line in different:
        print(f"    not {line}")


def _difference(items: list[RawItem], entries: list[Any]) -> str | None:
    """Say in what the items fall short of feedparser's entries, None when in nothing."""
    worded = [entry for entry in entries if _has_words(entry)]
    if entries and len(items) < len(worded):
        return f"{len(items)} items of {len(worded)}"
    if len(items) != len(worded):  # one that only we can read shifts the others
        items = [item for item in items if item.title or item.text][: len(worded)]
    ids = Counter(_get(entry, "id") for entry in entries)
    for item, entry in zip(items, worded, strict=False):
        guid = " ".join(_get(entry, "id").split())
        if guid and ids[_get(entry, "id")] == 1 and item.guid != guid:
            return f"id {item.guid!r} for {guid!r}"
        link = _get(entry, "link").strip()
        is_known = item.url in (link, _get(entry, "feedburner_origlink").strip())
        if re.match(r"https?://[^\s/]", link) and not is_known:
            return f"address {item.url!r} for {link!r}"
        title, wanted = _words(html.escape(item.title)), _words(_get(entry, "title"))
        if title != wanted:
            return f"title {title!r} for {wanted!r}"
    return None


def _has_words(entry: Any) -> bool:
    contents = [_get(part, "value") for part in dict.get(entry, "content") or []]
    texts = [_get(entry, "title"), _get(entry, "summary"), *contents]
    return any(_words(text) for text in texts)


def _words(text: str) -> list[str]:
    """Give the words that markup shows, escaped once or twice."""
    text = html.unescape(HIDDEN.sub(" ", text))
    return re.findall(r"\w", html.unescape(HIDDEN.sub(" ", text)))


def _get(values: Any, name: str) -> str:
    value = dict.get(values, name)
    return value if isinstance(value, str) else ""


def _count_items(cases: list[Case]) -> None:
    found = {
        case.name: 0 if isinstance(ours := _read(case), SourceFailed) else len(ours.items)
        for case in cases
    }
    wanted = sum(case.n_items for case in cases)
    n_found = sum(min(found[case.name], case.n_items) for case in cases)
    print(f"items of the real feeds: {n_found / wanted:.2%} of {wanted} counted in their source")


def _race(cases: list[Case], rounds: int) -> None:
    """Measure both in turns, CPU time, the best round of each."""
    import feedparser

    ours_s, theirs_s = [], []
    for _ in range(rounds):
        started = time.process_time()
        for case in cases:
            _read(case)
        ours_s.append(time.process_time() - started)
        started = time.process_time()
        for case in cases:
            feedparser.parse(io.BytesIO(case.body))
        theirs_s.append(time.process_time() - started)
    megabytes = sum(len(case.body) for case in cases) / 1e6
    print(
        f"speed: read_feed {megabytes / min(ours_s):.1f} MB/s, feedparser alone "
        f"{megabytes / min(theirs_s):.1f} MB/s, {min(theirs_s) / min(ours_s):.2f} times as fast"
    )


def _discover(path: Path) -> None:
    """Count the pages of which exactly the feed of the same number is found."""
    pages = [row for row in _rows(path) if row["id"].endswith(".html")]
    n_found = 0
    for page in pages:
        name = page["id"].rpartition("/")[2]
        links = find_feeds(page["body"], url=f"http://example.org/tests/{name}")
        found = [link.url.rpartition("/")[2] for link in links]
        n_found += found == [name.replace(".html", ".xml")]
    print(f"discovery: {n_found} of {len(pages)} pages give exactly their feed")


if __name__ == "__main__":
    main()
