"""Which item is which article: identity, canonical addresses, the time an item counts at."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from core.ports.articles import KnownArticle
from core.text.tokens import first_sentence
from schemas.articles import RawItem

MAX_KEY = 400
"""Characters of a key; a longer guid or address is replaced by its hash."""

MAX_SOURCE = 200
MAX_TITLE = 200
MAX_SPAN = timedelta(days=3)

_DEFAULT_PORTS = {"http": 80, "https": 443}
_TRACKING = re.compile(
    r"utm_.*|fbclid|gclid|dclid|gbraid|wbraid|yclid|ysclid|msclkid|mc_[ce]id|igshid|twclid|"
    r"_openstat|at_medium|at_campaign|at_custom\d|cmpid|ns_campaign|ns_mchannel|ns_source|"
    r"guccounter|guce_referrer(_sig)?|ftag|smid|ocid",
    re.IGNORECASE,
)
_SPACES = re.compile(r"\s+")
_UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class BadLine:
    """A piece of input that holds no readable item: where it stands and why, in words."""

    origin: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.origin}:{self.line}: {self.reason}"


def canonical_url(url: str) -> str | None:
    """Give one spelling of a web address: what changes the spelling and not the page goes.

    Scheme and host in lower case, default port, fragment, user info and tracking parameters
    off; the order of the other parameters stays. None when `url` is no http(s) address.
    """
    parts = _split(url)
    if parts is None or not parts.hostname:
        return None
    try:
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        host = f"{host}:{port}"
    query = parts.query
    if query:
        pairs = parse_qsl(query, keep_blank_values=True)
        kept = [(name, value) for name, value in pairs if not _TRACKING.fullmatch(name)]
        if len(kept) < len(pairs):
            query = urlencode(kept)
    path = parts.path or "/"
    return f"{parts.scheme}://{host}{path}" + (f"?{query}" if query else "")


def domain_of(url: str | None) -> str | None:
    """Give the host of an address without `www.`, None when there is none."""
    parts = _split(url) if url else None
    return parts.hostname.removeprefix("www.") if parts and parts.hostname else None


def article_key(item: RawItem) -> str:
    """Give what identifies an article within its source: guid, else address, else a hash.

    The hash is over source, title (without one: text) and date. The prefix
    says which it was.
    """
    if item.guid:
        return _short("g", item.guid)
    address = canonical_url(item.url) if item.url else None
    if address:
        return _short("u", address)
    moment = item.published_at.isoformat() if item.published_at else ""
    words = item.title.strip() or item.text.strip()
    return "h:" + _digest("\x1f".join((item.source, words, moment)))


def content_hash(title: str, text: str) -> str:
    """Hash the words of an item; spacing and Unicode composition do not count."""
    return _digest("\x1f".join(_flat(part) for part in (title, text)))


def counts_at(published_at: datetime | None, first_seen_at: datetime) -> datetime:
    """Give the moment at which an article counts: published, but never after it was first seen."""
    return first_seen_at if published_at is None else min(published_at, first_seen_at)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item with everything that identifies it; `order` is its place in the input."""

    order: int
    item: RawItem
    source: str
    key: str
    title: str
    content_hash: str
    published_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """What the versions of one article change in the store."""

    new: Candidate | None
    revisions: tuple[Candidate, ...]
    n_duplicate: int
    stored_id: int | None


@dataclass(frozen=True, slots=True)
class Versions:
    """The items of one batch that are one article, in the order of the input; at least one."""

    items: tuple[Candidate, ...]

    @property
    def first(self) -> Candidate:
        """The item that came first."""
        return self.items[0]

    def compare(self, stored: KnownArticle | None) -> Changes:
        """Tell what is new from what is stored under the key (None: nothing).

        Words that were ever seen under the key change nothing, so the same input twice, with
        several versions of an article in it, is the same as once; other words are a revision.
        """
        seen = {stored.content_hash, *stored.past_hashes} if stored else set()
        new: Candidate | None = None
        revisions: list[Candidate] = []
        for item in self.items:
            if item.content_hash in seen:
                continue
            if seen:
                revisions.append(item)
            else:
                new = item
            seen.add(item.content_hash)
        n_changes = len(revisions) + (new is not None)
        return Changes(
            new=new,
            revisions=tuple(revisions),
            n_duplicate=len(self.items) - n_changes,
            stored_id=stored.id if stored else None,
        )


def prepare(item: RawItem, *, order: int, now: datetime) -> Candidate:
    """Identify an item: source, key, title, words and the time it counts at, whole seconds."""
    source = _flat(item.source)[:MAX_SOURCE] or "unknown"
    published_at = item.published_at.replace(microsecond=0) if item.published_at else None
    return Candidate(
        order=order,
        item=item,
        source=source,
        key=article_key(item),
        title=item.title.strip() or first_sentence(item.text) or _flat(item.text)[:MAX_TITLE],
        content_hash=content_hash(item.title, item.text),
        published_at=published_at,
        at=counts_at(published_at, now.replace(microsecond=0)),
    )


def group_versions(candidates: Iterable[Candidate]) -> list[Versions]:
    """Group the items of a batch by article, ordered by time, then place in the input."""
    groups: dict[tuple[str, str], list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault((candidate.source, candidate.key), []).append(candidate)
    versions = [Versions(tuple(items)) for items in groups.values()]
    return sorted(versions, key=lambda v: (v.first.at, v.first.order))


def cut_by_time(ordered: Sequence[Versions]) -> list[list[Versions]]:
    """Cut a batch where it spans more than three days, so that one memory serves each part."""
    parts: list[list[Versions]] = []
    for versions in ordered:
        if not parts or versions.first.at - parts[-1][0].first.at > MAX_SPAN:
            parts.append([])
        parts[-1].append(versions)
    return parts


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(_UNPRINTABLE.sub("", url))
    except ValueError:
        return None
    return parts if parts.scheme in _DEFAULT_PORTS else None


def _short(prefix: str, value: str) -> str:
    value = value.strip()
    return f"{prefix}:{value}" if len(value) <= MAX_KEY else f"{prefix}#:{_digest(value)}"


def _flat(text: str) -> str:
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
