"""Which web addresses may be cited, and how far their domains are trusted: rule `domains`."""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

import idna

from schemas.model_settings import PolicySettings

_AUTHORITY = re.compile(r"^\s*(?:https?:)?[/\\]{2,}([^/\\?#]*)", re.IGNORECASE)
_IGNORED = re.compile(r"[\t\r\n\u00ad\u200b-\u200f\u2060\ufeff]")
_DOTS = re.compile("[。．｡]")


@lru_cache(maxsize=4_096)
def canonical_host(address: str) -> str:
    """Give the host of a web address, or of a bare domain, in the one form that is compared.

    Lower case, IDNA (xn--), without user, port, trailing dots and what browsers ignore; numbers
    in whatever notation become an IP address. Empty when there is no host.
    """
    text = _IGNORED.sub("", address)
    found = _AUTHORITY.match(text)
    authority = found[1] if found else re.split(r"[/\\?#]", text.strip(), maxsplit=1)[0]
    host = unquote(authority.rpartition("@")[2])
    if host.startswith("["):
        return _ip(host[1:].partition("]")[0]) or ""
    host = _DOTS.sub(".", host.partition(":")[0]).strip().rstrip(".").lower()
    if not host:
        return ""
    if number := _ip(host):
        return number
    try:
        return idna.encode(host, uts46=True, transitional=False).decode("ascii").rstrip(".")
    except (idna.IDNAError, UnicodeError):
        # Underscores and long labels are no IDNA, and still the name of a host.
        return host if host.isascii() else ""


def _ip(host: str) -> str | None:
    try:
        return ipaddress.ip_address(host).compressed
    except ValueError:
        pass
    parts = host.split(".")
    if not 1 <= len(parts) <= 4 or not all(re.fullmatch(r"0x[0-9a-f]*|\d+", p) for p in parts):
        return None
    numbers = [
        int(p, 16) if p[:2] == "0x" and p[2:] else int(p, 8 if _octal(p) else 10) for p in parts
    ]
    value = numbers[-1]
    for place, part in enumerate(numbers[:-1]):
        value += part << (8 * (3 - place))
    return str(ipaddress.IPv4Address(value)) if value < 2**32 else None


def _octal(part: str) -> bool:
    return len(part) > 1 and part[0] == "0" and all(digit in "01234567" for digit in part)


@dataclass(frozen=True)
class DomainRules:
    """The settings of the rule, compiled."""

    allowed: frozenset[str]
    denied: frozenset[str]
    trust: Mapping[str, float]

    def may_cite(self, url: str | None) -> bool:
        """Say whether an article at this address may be cited, addresses inside it included.

        With a list of allowed domains, an article without an address is none of theirs.
        """
        hosts = list(_hosts(url)) if url else []
        if any(_within(host, self.denied) for host in hosts):
            return False
        if not self.allowed:
            return True
        return bool(hosts) and all(_within(host, self.allowed) for host in hosts)

    def trust_of(self, url: str | None) -> float:
        """Give the trust in an address, 0..1: that of the longest domain it lies in, else 1."""
        host = canonical_host(url) if url else ""
        for domain in _above(host):
            if domain in self.trust:
                return self.trust[domain]
        return 1.0


def domain_rules(policy: PolicySettings) -> DomainRules:
    """Read the settings; domains may be written as addresses, with `*.` or in any alphabet."""
    return DomainRules(
        allowed=_hosts_of(policy.allow_domains),
        denied=_hosts_of(policy.deny_domains),
        trust={
            canonical_host(name.removeprefix("*.")): min(1.0, max(0.0, value))
            for name, value in policy.trust.items()
        },
    )


def _hosts_of(names: Iterable[str]) -> frozenset[str]:
    found = (canonical_host(name.strip().removeprefix("*.").lstrip(".")) for name in names)
    return frozenset(host for host in found if host)


def _hosts(url: str) -> Iterator[str]:
    """Give the host of an address and those of addresses that it would lead on to."""
    if host := canonical_host(url):
        yield host
    try:
        query = urlsplit(url).query
    except ValueError:
        return
    for _, value in parse_qsl(query):
        if _AUTHORITY.match(value) and (inner := canonical_host(value)):
            yield inner


def _within(host: str, domains: frozenset[str]) -> bool:
    return any(domain in domains for domain in _above(host))


def _above(host: str) -> Iterator[str]:
    """Give a host and every domain that it lies in, longest first."""
    while host:
        yield host
        host = host.partition(".")[2]
