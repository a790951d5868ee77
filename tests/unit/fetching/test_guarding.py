"""What may be connected to."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SettingError, SourceFailed
from services.adapters.sources.guarding import NetworkGuard

CLOSED = [
    "0.0.0.0",  # noqa: S104 - refused, not bound
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "168.63.129.16",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2a00:1450::5efe:10.0.0.1",
    "2a00:1450::200:5efe:192.168.0.1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
OPEN = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.0.1",
    "172.32.0.1",
    "192.0.1.1",
    "223.255.255.255",
    "2606:4700::1111",
    "2a00:1450:4001::200e",
    "64:ff9b::808:808",
    "2002:808:808::1",
]


@pytest.mark.parametrize("address", CLOSED)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(SourceFailed, match=r"NEWSDESK_FETCH__ALLOWED_NETWORKS") as caught:
        NetworkGuard().check_ip(address)

    assert caught.value.reason == "forbidden"


@pytest.mark.parametrize("address", OPEN)
def test_a_public_address_is_given_back(address: str) -> None:
    assert NetworkGuard().check_ip(address) == address


def test_an_address_inside_another_is_connected_to_as_itself() -> None:
    assert NetworkGuard().check_ip("::ffff:8.8.8.8") == "8.8.8.8"


def test_an_allowed_network_opens_its_addresses_and_no_others() -> None:
    guard = NetworkGuard({"10.1.0.0/16", "::1"})

    assert guard.check_ip("10.1.2.3") == "10.1.2.3"
    assert guard.check_ip("::ffff:10.1.2.3") == "10.1.2.3"
    assert guard.check_ip("::1") == "::1"
    with pytest.raises(SourceFailed, match=r"10\.2\.0\.1 belongs to a private network"):
        guard.check_ip("10.2.0.1")


@pytest.mark.parametrize(
    "wrong", ["10.1.0/16", "10.1.0.5/16", "intranet", "fd00::/129", "1.2.3.4-9"]
)
def test_what_is_no_network_stops_the_start_and_is_named(wrong: str) -> None:
    with pytest.raises(SettingError, match="ALLOWED_NETWORKS holds") as caught:
        NetworkGuard({"10.0.0.0/8", wrong})

    assert repr(wrong) in str(caught.value)


@pytest.mark.parametrize(
    "host",
    ["localhost", "printer", "metadata.google.internal", "nas.local", "a.localhost", "127.0.0.1"],
)
def test_a_name_that_a_proxy_would_resolve_inside_is_refused(host: str) -> None:
    with pytest.raises(SourceFailed, match=r"network|computer") as caught:
        NetworkGuard().check_unresolved(host)

    assert caught.value.reason == "forbidden"


def test_a_public_name_may_be_resolved_by_a_proxy() -> None:
    guard = NetworkGuard()

    guard.check_unresolved("example.org")
    guard.check_unresolved("localhost.example.org")


@given(st.ip_addresses(v=4))
def test_a_refused_ipv4_address_is_refused_in_every_disguise(address: IPv4Address) -> None:
    guard = NetworkGuard()
    is_open = _is_open(guard, str(address))

    for disguise in (
        f"::ffff:{address}",
        f"64:ff9b::{address}",
        str(IPv6Address((0x2002 << 112) | (int(address) << 80) | 1)),
        f"2a00:1450::5efe:{address}",
    ):
        assert _is_open(guard, disguise) == is_open


@given(st.ip_addresses())
def test_what_python_calls_private_is_refused(address: IPv4Address | IPv6Address) -> None:
    if address.is_private or address.is_multicast or address.is_loopback or address.is_link_local:
        assert not _is_open(NetworkGuard(), str(address))


def _is_open(guard: NetworkGuard, address: str) -> bool:
    try:
        guard.check_ip(address)
    except SourceFailed:
        return False
    return True
