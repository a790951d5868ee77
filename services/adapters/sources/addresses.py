"""Addresses on the web, taken apart once: what is asked for is exactly what is connected to.

Everything that fetches goes through `parse_address`; nothing takes the text apart a second time,
so no two readers of one address can disagree about its host.
"""

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Literal
from urllib.parse import quote, unquote, urlsplit

from core.errors import SourceFailed

MAX_LENGTH = 8_000
DEFAULT_PORTS = {"http": 80, "https": 443}

Scheme = Literal["http", "https"]

# What stands for itself in a path or query; % because what is escaped already stays as it is.
_PLAIN = "!$%&'()*+,-./:;=?@[]_~"
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An http(s) address in its one spelling, apart from its user and password.

    `host` is ASCII and lower case: a name, a dotted IPv4 address, or an IPv6 address without its
    brackets. `target` is path and query. Two spellings of one address have equal `url`.
    """

    scheme: Scheme
    host: str
    port: int
    target: str
    user: str | None = None
    password: str = ""

    @property
    def url(self) -> str:
        """The address without user and password: fit for messages, logs and links."""
        return f"{self.scheme}://{self._netloc}{self.target}"

    @property
    def private_url(self) -> str:
        """The address as it can be fetched again, user and password included."""
        if self.user is None:
            return self.url
        secret = f":{quote(self.password, safe='')}" if self.password else ""
        return f"{self.scheme}://{quote(self.user, safe='')}{secret}@{self._netloc}{self.target}"

    @property
    def _netloc(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def may_share_secrets_with(self, other: "WebAddress") -> bool:
        """Whether `other` is the same server, reached no less safely than this one."""
        if self.host != other.host:
            return False
        if (self.scheme, self.port) == (other.scheme, other.port):
            return True
        return (self.scheme, self.port, other.scheme, other.port) == ("http", 80, "https", 443)


def parse_address(text: str) -> WebAddress:
    """Take a web address apart.

    Spaces and characters beyond ASCII are escaped, names beyond ASCII become their IDNA form,
    fragments go, and the odd spellings of IPv4 addresses (`127.1`, `0x7f.1`, `2130706433`) become
    the dotted one, as an operating system would read them.

    Raises:
        SourceFailed: With reason `address`, if this is no http(s) address.
    """
    text = text.strip()
    if len(text) > MAX_LENGTH:
        raise _wrong(text, f"it is longer than {MAX_LENGTH} characters")
    if _INVISIBLE.search(text):
        raise _wrong(text, "it holds a line break or another control character")
    try:
        parts = urlsplit(text)
        port, netloc = parts.port, parts.netloc
        target = _escaped(parts.path or "/") + (f"?{_escaped(parts.query)}" if parts.query else "")
    except ValueError as error:
        raise _wrong(text, str(error)) from error
    match parts.scheme:
        case "http" | "https" as scheme:
            pass
        case "":
            raise _wrong(text, "it has no http:// or https:// in front")
        case other:
            raise _wrong(text, f"only http and https are fetched, not {other!r}")
    if "\\" in netloc:
        raise _wrong(text, "some programs read its backslash as the end of the host, some do not")
    if port == 0:
        raise _wrong(text, "port 0 is no port")
    account, has_account, place = netloc.rpartition("@")
    user, _, password = account.partition(":")
    return WebAddress(
        scheme=scheme,
        host=_host(place, text),
        port=port or DEFAULT_PORTS[scheme],
        target=target if target.startswith("/") else f"/{target}",
        user=unquote(user) if has_account else None,
        password=unquote(password),
    )


def without_secrets(text: str) -> str:
    """Give an address as it may be shown: without user and password, however broken it is."""
    shown = re.sub(r"^([^/?#]*//)?[^/?#]*@", r"\1", text.strip())
    return shown if len(shown) <= 200 else f"{shown[:200]}…"


def _host(place: str, text: str) -> str:
    if place.startswith("["):
        try:
            found = IPv6Address(place[1 : place.rindex("]")])
        except ValueError as error:
            raise _wrong(text, "its IPv6 address is not valid") from error
        if found.scope_id is not None:
            raise _wrong(text, "an IPv6 address with a zone leads only into the local network")
        return str(found)
    host = _ascii(place.partition(":")[0], text).lower().removesuffix(".")
    if not host:
        raise _wrong(text, "it names no host")
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _dotted(host, text)
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _wrong(text, f"{host!r} cannot be the name of a host")
    return host


def _ascii(host: str, text: str) -> str:
    if host.isascii():
        return host
    import idna  # noqa: PLC0415 - its tables cost 10 ms, and few addresses need them

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise _wrong(text, f"its host is no valid name ({error})") from error


def _dotted(host: str, text: str) -> str:
    """Read a host that ends in a number as inet_aton does: octal, hexadecimal, short forms."""
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError as error:
        raise _wrong(text, f"{host!r} is neither a name nor an IPv4 address") from error


def _escaped(part: str) -> str:
    return quote(part, safe=_PLAIN)


def _wrong(text: str, why: str) -> SourceFailed:
    return SourceFailed(
        f"{without_secrets(text)!r} cannot be fetched: {why}; "
        "write it like https://example.org/feed.xml",
        reason="address",
    )
