"""Which addresses may be connected to: the public internet, and what an operator allowed.

A fetched address is chosen by strangers. Without this guard it could lead into the network of the
desk: its own ports, the router, the metadata service of a cloud (server-side request forgery).
"""

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from core.errors import SettingError, SourceFailed

SETTING = "NEWSDESK_FETCH__ALLOWED_NETWORKS"

# IANA IPv4 special-purpose registry, without the parts that are reachable for everybody; spelled
# out because what `ipaddress` calls private differs between versions of Python.
_CLOSED_V4 = tuple(
    (IPv4Network(network), what)
    for network, what in (
        ("0.0.0.0/8", "the range that names no host"),
        ("10.0.0.0/8", "a private network"),
        ("100.64.0.0/10", "the inner network of a carrier"),
        ("127.0.0.0/8", "this computer itself"),
        ("169.254.0.0/16", "the link-local range, where clouds serve metadata"),
        ("172.16.0.0/12", "a private network"),
        ("192.0.0.0/24", "a reserved range"),
        ("192.0.2.0/24", "a range reserved for documentation"),
        ("192.88.99.0/24", "a reserved range"),
        ("192.168.0.0/16", "a private network"),
        ("198.18.0.0/15", "a range reserved for benchmarks"),
        ("198.51.100.0/24", "a range reserved for documentation"),
        ("203.0.113.0/24", "a range reserved for documentation"),
        ("224.0.0.0/4", "the multicast range"),
        ("240.0.0.0/4", "a reserved range"),
        ("168.63.129.16/32", "a cloud that serves metadata to its machines there"),
    )
)
# All of IPv6 that is handed out lies in 2000::/3; these parts of it are not for everybody.
_OPEN_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = tuple(
    (IPv6Network(network), what)
    for network, what in (
        ("2001::/23", "a range reserved for protocols and tunnels"),
        ("2001:db8::/32", "a range reserved for documentation"),
        ("3fff::/20", "a range reserved for documentation"),
    )
)
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)

_INNER_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "home.arpa")


class NetworkGuard:
    """Refuses addresses that lead into a private, loopback, link-local or metadata network."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        """Read the networks that are allowed nevertheless.

        Raises:
            SettingError: If one of them is no network.
        """
        self._allowed = tuple(_network(text) for text in sorted(allowed))

    def check_ip(self, text: str) -> str:
        """Give an IP address as it may be connected to.

        Addresses that carry another one inside (IPv4-mapped, NAT64, 6to4, ISATAP) lead where that
        one leads.

        Raises:
            SourceFailed: With reason `forbidden`, if it is not public and not allowed.
        """
        found = ip_address(text)
        if isinstance(found, IPv6Address) and found in _MAPPED:
            found = _last_32_bits(found)
        if any(found in network for network in self._allowed):
            return str(found)
        why = _closed(found)
        if why is not None:
            raise SourceFailed(
                f"{text} belongs to {why}, and from there nothing is fetched; an operator can "
                f"allow its network with {SETTING}",
                reason="forbidden",
            )
        return str(found)

    def check_unresolved(self, host: str) -> None:
        """Refuse a host that somebody else will resolve, as far as its name tells.

        Raises:
            SourceFailed: With reason `forbidden`, for an address that is not public and for names
            that mean something only inside a network.
        """
        if is_ip(host):
            self.check_ip(host)
        elif "." not in host or host.endswith(tuple(f".{name}" for name in _INNER_NAMES)):
            raise SourceFailed(
                f"{host!r} is a name inside a private network, and those are not fetched",
                reason="forbidden",
            )


def is_ip(host: str) -> bool:
    """Whether a host is an address already, as `parse_address` writes it."""
    return ":" in host or host.rpartition(".")[2].isdecimal()


def _closed(found: IPv4Address | IPv6Address) -> str | None:
    """Say what kind of address this is, None when it is public."""
    if isinstance(found, IPv4Address):
        return next((what for network, what in _CLOSED_V4 if found in network), None)
    if found in _NAT64:
        return _closed(_last_32_bits(found))
    if found not in _OPEN_V6:
        return "this computer itself" if found.is_loopback else "no public range of IPv6"
    for network, what in _CLOSED_V6:
        if found in network:
            return what
    if found.sixtofour is not None:
        return _closed(found.sixtofour)
    if int(found) >> 32 & 0xFFFFFFFF in _ISATAP:
        return _closed(_last_32_bits(found))
    return None


def _last_32_bits(found: IPv6Address) -> IPv4Address:
    return IPv4Address(int(found) & 0xFFFFFFFF)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise SettingError(
            f"{SETTING} holds {text!r}, which is no network ({error}); write networks like "
            "10.1.0.0/16 or fd00:1::/64, separated by commas"
        ) from error
