"""Sources that the desk polls: where they are, how they fare, what looking at one brings."""

from datetime import datetime
from typing import Literal

from schemas.articles import RawItem, Source
from schemas.base import Frozen
from schemas.principal import PUBLIC, SHARED_TENANT

PolledKind = Literal["feed", "channel"]
"""`feed`: RSS, RDF, Atom or JSON Feed; `channel`: a public Telegram channel's web preview."""

SourceStatus = Literal["active", "paused", "retired"]
"""`retired`: the server said for good that it is gone (410), so nobody asks again."""

SourceState = Literal["ok", "new", "failing", "silent", "paused", "retired"]
"""How a source fares: `new` was never read, `silent` brings nothing, against its own rhythm."""

FailureReason = Literal[
    "address",  # no address that can be fetched
    "forbidden",  # it leads into a private, loopback, link-local or metadata network
    "dns",  # the name does not resolve
    "connect",  # nobody listens, or the connection broke
    "tls",  # the certificate is not valid for it
    "timeout",  # too slow in one of its steps, or over the time for a whole fetch
    "too_large",  # more bytes than allowed, compressed or not
    "redirects",  # too many redirects, or a circle of them
    "denied",  # 401, 403, 407, 451
    "missing",  # 404
    "gone",  # 410
    "limited",  # 429
    "unavailable",  # 5xx
    "http",  # any other status
    "empty",  # success without a body
    "not_a_feed",  # a page, an image, anything but a feed
    "unreadable",  # a feed too broken to take one item from
    "hidden",  # the channel shows no preview on the web
    "lost",  # a page without posts where there were posts before
    "taken",  # it moved for good to an address that another source has
    "stored",  # what it brought could not be stored
]


class SourceFailure(Frozen):
    """Why a look at a source failed.

    `detail` is for operators: what failed, with which value. `retry_after_s` is the server's wish.
    """

    reason: FailureReason
    detail: str
    at: datetime
    status: int | None = None
    retry_after_s: float | None = None


class FeedLink(Frozen):
    """An address of a feed that a file or a page names; `folder` is its place in an OPML file."""

    url: str
    title: str = ""
    site_url: str | None = None
    folder: str = ""


class FoundSource(Frozen):
    """A source that was looked at before anybody added it; `n_items` and `newest_at` as seen."""

    url: str
    kind: PolledKind
    title: str
    site_url: str | None = None
    lang: str | None = None
    n_items: int = 0
    newest_at: datetime | None = None


class NewSource(Frozen):
    """A source to be polled from now on.

    `title` is what it calls itself; where another source of the same audience has that title
    already, the store adds the domain, then a number. `is_starter`: the desk chose it itself.
    """

    url: str
    kind: PolledKind
    title: str
    family: str
    publisher: str
    site_url: str | None = None
    domain: str | None = None
    has_full_text: bool = False
    is_starter: bool = False
    added_by: str | None = None
    tenant: str = SHARED_TENANT
    audience: str = PUBLIC


class PolledSource(Frozen):
    """A source with everything that its next poll and its health need.

    `etag`, `last_modified` and `body_hash` are those of the last body that was read. `recent` are
    content hashes of the items of the last poll, so that a feed that invents new ids at every
    poll brings nothing twice. `n_failures` counts failures in a row; `per_day` is the yield: new
    items a day over the last weeks, None before it can be told. `first_polled_at` None: never
    polled with success; items first seen by then are old news that nobody is told of.
    """

    source: Source
    url: str
    site_url: str | None = None
    feed_title: str = ""
    status: SourceStatus = "active"
    has_full_text: bool = False
    is_starter: bool = False
    added_by: str | None = None
    added_at: datetime
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    recent: tuple[str, ...] = ()
    interval_s: int
    next_poll_at: datetime
    first_polled_at: datetime | None = None
    last_poll_at: datetime | None = None
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None
    n_failures: int = 0
    n_polls: int = 0
    n_items: int = 0
    per_day: float | None = None
    failure: SourceFailure | None = None


class Polled(Frozen):
    """What one successful look at a source brought.

    `is_changed` False: the server said so (304), or the same bytes came again; `items` then is
    empty. `moved_to` is where permanent redirects lead. `wait_s` is how long the server asks to
    leave it alone (ttl, Cache-Control), None when it does not say.
    """

    is_changed: bool
    items: tuple[RawItem, ...] = ()
    n_unreadable: int = 0
    title: str = ""
    site_url: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    moved_to: str | None = None
    wait_s: float | None = None


class Missed(Frozen):
    """Hours in which a source could not be read and whose news never came: not zero, unknown."""

    source_id: int
    family: str
    start: datetime
    end: datetime


class PollOutcome(Frozen):
    """What the store writes down after a poll, successful or not.

    On failure only `at`, `failure`, `status`, `interval_s` and `next_poll_at` change the row.
    `url` is the address from now on. `missed` is a closed span of lost news, if there was one.
    """

    at: datetime
    interval_s: int
    next_poll_at: datetime
    status: SourceStatus = "active"
    failure: SourceFailure | None = None
    url: str | None = None
    feed_title: str = ""
    site_url: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    recent: tuple[str, ...] | None = None
    n_new: int = 0
    per_day: float | None = None
    missed: tuple[datetime, datetime] | None = None


class SourceChange(Frozen):
    """What a person changes of a source; None leaves it as it is."""

    status: SourceStatus | None = None
    has_full_text: bool | None = None
    next_poll_at: datetime | None = None


class AddedSources(Frozen):
    """What became of a list of addresses; `problems` say in words what was refused and why."""

    added: int = 0
    known: int = 0
    refused: int = 0
    problems: tuple[str, ...] = ()


SourceAction = Literal[
    "list", "add", "pause", "resume", "remove", "fulltext", "export", "import", "check"
]


class SourceOrder(Frozen):
    """What `newsdesk sources` asks of a desk.

    `address` goes with `add`, `source_id` with `pause resume remove fulltext`, `is_on` with
    `fulltext`, `body_b64` (an OPML file) with `import`.
    """

    action: SourceAction = "list"
    address: str = ""
    source_id: int | None = None
    is_on: bool = True
    body_b64: str = ""


class SourceLine(Frozen):
    """A source as a list shows it; addresses carry no passwords.

    `reason` and `problem` say why it could not be read the last time, None when it could.
    """

    id: int
    title: str
    kind: str
    url: str
    site_url: str | None
    state: SourceState
    has_full_text: bool
    is_private: bool
    per_day: float | None
    n_items: int
    n_failures: int
    added_at: datetime
    last_success_at: datetime | None
    last_new_at: datetime | None
    next_poll_at: datetime | None
    reason: FailureReason | None
    problem: str | None


class SourceReport(Frozen):
    """What became of an order: the sources it was about, and what it brought.

    `also` are other addresses of feeds that the page of an added source names.
    """

    sources: tuple[SourceLine, ...] = ()
    added: AddedSources | None = None
    also: tuple[str, ...] = ()
    opml: str | None = None
