"""Fetching one address: conditional, redirects by hand, all bounded, every refusal named."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin

from core.errors import SourceFailed
from schemas.settings import FetchSettings
from services.adapters.sources.addresses import WebAddress, parse_address, without_secrets
from services.adapters.sources.answers import charset_of, refusal, retry_after, validator, wait_of
from services.adapters.sources.guarding import NetworkGuard
from services.adapters.sources.pacing import Lane, Pacing
from services.adapters.sources.proxying import basic, denied, parse_proxy
from services.adapters.sources.resolving import Resolver, SystemResolver
from services.adapters.sources.unpack import ENCODINGS, Body, too_large

if TYPE_CHECKING:
    from services.adapters.sources.http1 import Answer
    from services.adapters.sources.keeping import Connections

Accept = Literal["feed", "page"]

_ACCEPT: dict[Accept, str] = {
    "feed": "application/atom+xml, application/rss+xml, application/rdf+xml, "
    "application/feed+json, application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, "
    "text/html;q=0.7, */*;q=0.5",
    "page": "text/html, application/xhtml+xml, */*;q=0.5",
}
_PERMANENT = (301, 308)
_REDIRECTS = (301, 302, 303, 307, 308)
_DRAINED_BYTES = 16 * 1024
"""The body of a redirect up to this size is read, so that the connection can be used again."""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer. `body` is unpacked; it is empty when `is_unchanged`.

    `url` is where it came from in the end, without user and password. `etag` and `last_modified`
    are missing when a temporary redirect led to another host, whose business they are. `moved_to`
    is the address to ask from now on, user and password included, when every redirect was
    permanent. `wait_s` is how long the server says that this stays fresh.
    """

    url: str
    body: bytes
    charset: str | None
    content_type: str | None
    etag: str | None
    last_modified: str | None
    moved_to: str | None
    wait_s: float | None
    is_unchanged: bool


@dataclass(slots=True)
class _Visit:
    """One fetch on its way through redirects."""

    start: WebAddress
    at: WebAddress
    accept: Accept
    etag: str | None
    last_modified: str | None
    seen: set[str]
    is_permanent: bool = True

    @property
    def is_conditional(self) -> bool:
        return self.etag is not None or self.last_modified is not None


class Fetcher:
    """Fetches from the network for the whole desk: politely to hosts, safely for the desk.

    One object serves all; close it at the end. Until the first fetch it costs nothing.
    """

    def __init__(
        self, settings: FetchSettings, *, user_agent: str, resolve: Resolver | None = None
    ) -> None:
        """Prepare.

        Args:
            settings: Limits.
            user_agent: How the desk calls itself.
            resolve: Gives the addresses of a name; by default the operating system does.

        Raises:
            SettingError: If an allowed network or the proxy cannot be understood.
        """
        self._settings = settings
        self._max_bytes = int(settings.max_mb * 1e6)
        self._user_agent = user_agent
        self._guard = NetworkGuard(settings.allowed_networks)
        self._proxy = parse_proxy(settings.proxy)
        self._resolve = resolve or SystemResolver(max_lookups=4 * settings.in_flight)
        self._pacing = Pacing(
            in_flight=settings.in_flight,
            host_in_flight=settings.host_in_flight,
            host_pause_s=settings.host_pause_s,
        )
        self._made: Connections | None = None

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: Accept = "feed",
    ) -> Page:
        """Fetch an address, following redirects.

        Waiting for a turn at a host takes none of the time that one fetch may take. User and
        password in the address are sent to its host alone, as are the validators.

        Args:
            url: An http(s) address.
            etag: Validator of what is known already; the answer may then be `is_unchanged`.
            last_modified: The other validator.
            accept: What is hoped for.

        Raises:
            SourceFailed: If there is nothing to give; its `reason` says why.
        """
        at = parse_address(url)
        visit = _Visit(at, at, accept, validator(etag), validator(last_modified), {at.url})
        clock = asyncio.get_running_loop().time
        left_s = self._settings.timeout_s
        while True:
            async with self._pacing.turn(visit.at.host) as lane:
                began = clock()
                try:
                    async with asyncio.timeout(left_s):
                        page = await self._stay(visit, lane)
                except TimeoutError as error:
                    raise SourceFailed(
                        f"{visit.at.url} took longer than {self._settings.timeout_s:g} s; "
                        "it may answer later",
                        reason="timeout",
                    ) from error
                left_s -= clock() - began
            if page is not None:
                return page

    async def aclose(self) -> None:
        """Close every connection; fetches that still run fail."""
        if self._made is not None:
            await self._made.aclose()

    async def _stay(self, visit: _Visit, lane: Lane) -> Page | None:
        """Fetch while redirects stay at one host; None when they left it."""
        host = visit.at.host
        while visit.at.host == host:
            try:
                at = visit.at
                target = at.url if self._is_forwarded(at) else at.target
                headers = self._request_headers(visit)
                async with self._connections().ask(at, target, headers) as answer:
                    if answer.status not in _REDIRECTS:
                        page = await self._page(visit, answer)
                        lane.note_answer()
                        return page
                    await _drain(answer)
                    self._turn_to(visit, answer)
            except SourceFailed as error:
                if error.reason == "limited":
                    lane.note_limit()
                raise
        return None

    async def _page(self, visit: _Visit, answer: "Answer") -> Page:
        at, headers = visit.at, answer.headers
        is_unchanged = answer.status == 304 and visit.is_conditional
        if is_unchanged:
            body = await answer.piece()  # none by definition; then the connection can be kept
        elif answer.status in (204, 205):
            raise _empty(at)
        elif 200 <= answer.status < 300 and answer.status != 206:
            body = await self._read(at, answer)
        elif answer.status == 407 and self._proxy is not None:
            raise denied()
        else:
            raise refusal(answer.status, headers, url=at.url)
        has_moved = visit.is_permanent and len(visit.seen) > 1
        found_etag = validator(headers.get("etag")) or (visit.etag if is_unchanged else None)
        found_date = validator(headers.get("last-modified")) or (
            visit.last_modified if is_unchanged else None
        )
        is_sent_back = has_moved or visit.start.may_share_secrets_with(at)
        content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        return Page(
            url=at.url,
            body=body,
            charset=charset_of(headers.get("content-type")),
            content_type=content_type or None,
            etag=found_etag if is_sent_back else None,
            last_modified=found_date if is_sent_back else None,
            moved_to=at.private_url if has_moved else None,
            wait_s=wait_of(headers),
            is_unchanged=is_unchanged,
        )

    async def _read(self, at: WebAddress, answer: "Answer") -> bytes:
        headers = answer.headers
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._max_bytes:
            raise too_large(at.url, self._max_bytes)
        body = Body(headers.get("content-encoding", ""), max_bytes=self._max_bytes, url=at.url)
        while piece := await answer.piece():
            body.feed(piece)
        read = body.finish()
        if not read.strip():
            raise _empty(at)
        return read

    def _turn_to(self, visit: _Visit, answer: "Answer") -> None:
        """Follow a redirect: the next address is as suspicious as the first."""
        location = answer.headers.get("location", "")
        if not location:
            raise SourceFailed(
                f"{visit.at.url} redirects ({answer.status}) without saying where to",
                reason="http",
                status=answer.status,
                retry_after_s=retry_after(answer.headers),
            )
        try:
            location = location.encode("latin-1").decode("utf-8")
            found = parse_address(urljoin(visit.at.url, location))
        except ValueError as error:
            raise SourceFailed(
                f"{visit.at.url} redirects to {without_secrets(location)!r}, which is no address",
                reason="address",
            ) from error
        old = visit.at
        is_trusted = old.may_share_secrets_with(found)
        visit.at = WebAddress(
            scheme=found.scheme,
            host=found.host,
            port=found.port,
            target=found.target,
            user=old.user if is_trusted else None,
            password=old.password if is_trusted else "",
        )
        if not is_trusted:
            visit.etag = visit.last_modified = None
        visit.is_permanent = visit.is_permanent and answer.status in _PERMANENT
        if visit.at.url in visit.seen:
            raise SourceFailed(
                f"{old.url} redirects in a circle, back to {visit.at.url}", reason="redirects"
            )
        visit.seen.add(visit.at.url)
        if len(visit.seen) - 1 > self._settings.max_redirects:
            raise SourceFailed(
                f"{old.url} redirects on after {self._settings.max_redirects} redirects; "
                "an operator can allow more with NEWSDESK_FETCH__MAX_REDIRECTS",
                reason="redirects",
            )

    def _request_headers(self, visit: _Visit) -> list[tuple[str, str]]:
        at = visit.at
        _, _, netloc_and_target = at.url.partition("://")
        headers = [
            ("Host", netloc_and_target.partition("/")[0]),
            ("User-Agent", self._user_agent),
            ("Accept", _ACCEPT[visit.accept]),
            ("Accept-Encoding", ENCODINGS),
        ]
        if visit.etag is not None:
            headers.append(("If-None-Match", visit.etag))
        if visit.last_modified is not None:
            headers.append(("If-Modified-Since", visit.last_modified))
        if at.user is not None:
            headers.append(("Authorization", basic(at.user, at.password)))
        if self._proxy and self._is_forwarded(at) and self._proxy.authorization:
            headers.append(("Proxy-Authorization", self._proxy.authorization))
        return headers

    def _is_forwarded(self, at: WebAddress) -> bool:
        return self._proxy is not None and self._proxy.forwards(at.scheme)

    def _connections(self) -> "Connections":
        if self._made is None:
            # h11 costs 20 ms to import; a desk that fetches nothing does not pay.
            from services.adapters.sources.keeping import make_connections  # noqa: PLC0415

            self._made = make_connections(
                self._guard, self._resolve, connect_s=self._settings.connect_s, proxy=self._proxy
            )
        return self._made


async def _drain(answer: "Answer") -> None:
    length = answer.headers.get("content-length", "")
    if length.isdecimal() and int(length) <= _DRAINED_BYTES:
        while await answer.piece():
            pass


def _empty(at: WebAddress) -> SourceFailed:
    return SourceFailed(f"{at.url} answered without a body; it may answer later", reason="empty")
