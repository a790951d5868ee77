"""One reading of an address: its spellings, its secrets, what it is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SourceFailed
from services.adapters.sources.addresses import parse_address, without_secrets


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://example.org", "https://example.org/"),
        ("HTTPS://Example.ORG:443/Feed.xml#new", "https://example.org/Feed.xml"),
        ("http://example.org:8080/a?b=c&d=é", "http://example.org:8080/a?b=c&d=%C3%A9"),
        ("  http://example.org./x y  ", "http://example.org/x%20y"),
        ("http://example.org/%7Ea/%D0%9F", "http://example.org/%7Ea/%D0%9F"),
        ("http://example.org?only=query", "http://example.org/?only=query"),
        (
            "https://новости.рф/лента",
            "https://xn--b1amnebsh.xn--p1ai/%D0%BB%D0%B5%D0%BD%D1%82%D0%B0",
        ),
        ("https://straße.example/", "https://xn--strae-oqa.example/"),
        ("https://my_blog.example.org/", "https://my_blog.example.org/"),
        ("http://[2001:DB8::1]:8080/", "http://[2001:db8::1]:8080/"),
        ("http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/"),
    ],
)
def test_two_spellings_of_an_address_become_one(written: str, meant: str) -> None:
    assert parse_address(written).url == meant


@pytest.mark.parametrize(
    "odd",
    [
        "127.1",
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "127.0.0.1.",
        "１２７.０.０.１",
        "127。0。0。1",
        "①②⑦.⓪.⓪.①",
    ],
)
def test_odd_spellings_of_an_ipv4_address_become_the_dotted_one(odd: str) -> None:
    assert parse_address(f"http://{odd}/").host == "127.0.0.1"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("file:///etc/passwd", "only http and https are fetched, not 'file'"),
        ("gopher://example.org/", "only http and https"),
        ("example.org/feed", "no http:// or https:// in front"),
        ("http:///feed", "names no host"),
        ("http://", "names no host"),
        ("http://example.org:0/", "port 0"),
        ("http://example.org:99999/", "[Pp]ort"),
        ("http://exa mple.org/", "cannot be the name of a host"),
        ("http://good.example\\@evil.example/", "backslash"),
        ("http://%31%32%37.0.0.1/", "cannot be the name|neither a name"),
        ("http://1.2.3.4.5/", "neither a name nor an IPv4 address"),
        ("http://300.1.1.1/", "neither a name nor an IPv4 address"),
        ("http://[::1", "cannot be fetched"),
        ("http://[fe80::1%25eth0]/", "zone|not valid"),
        ("http://[nonsense]/", "not valid|cannot be fetched"),
        ("http://a..b/", "cannot be the name of a host"),
        ("http://-a.example/", "cannot be the name of a host"),
        (f"http://{'a' * 64}.example/", "cannot be the name of a host"),
        (f"http://{'é' * 64}.example/", "no valid name"),
        ("http://example.org/a\r\nHost: evil", "control character"),
        ("http://example.org/\ud800", "surrogates"),
        ("http://example.org/" + "a" * 9_000, "longer than"),
        ("", "no http:// or https:// in front"),
    ],
)
def test_what_is_no_address_is_refused_with_its_reason(written: str, why: str) -> None:
    with pytest.raises(SourceFailed, match=why) as caught:
        parse_address(written)

    assert caught.value.reason == "address"


def test_user_and_password_stay_out_of_what_is_shown() -> None:
    found = parse_address("https://ada:p%40ss%2Fword@example.org/feed")

    assert found.url == "https://example.org/feed"
    assert (found.user, found.password) == ("ada", "p@ss/word")
    assert parse_address(found.private_url) == found


@pytest.mark.parametrize(
    "broken",
    ["https://ada:secret@exa mple.org/", "ftp://ada:secret@example.org", "ada:secret@example.org"],
)
def test_a_broken_address_with_a_password_is_shown_without_it(broken: str) -> None:
    with pytest.raises(SourceFailed, match="cannot be fetched") as caught:
        parse_address(broken)

    assert "secret" not in str(caught.value)
    assert "secret" not in without_secrets(broken)


@pytest.mark.parametrize(
    ("to", "is_shared"),
    [
        ("https://example.org/other", True),
        ("https://example.org:8443/", False),
        ("http://example.org/", False),
        ("https://www.example.org/", False),
    ],
)
def test_secrets_go_to_the_same_server_only(to: str, is_shared: bool) -> None:
    start = parse_address("https://example.org/feed")

    assert start.may_share_secrets_with(parse_address(to)) == is_shared


def test_secrets_survive_the_step_from_http_to_https() -> None:
    start = parse_address("http://example.org/feed")

    assert start.may_share_secrets_with(parse_address("https://example.org/feed"))


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    for written in (text, f"http://{text}", f"https://example.org/{text}"):
        try:
            found = parse_address(written)
        except SourceFailed:
            continue
        assert found.url.isascii()
        assert parse_address(found.url).url == found.url
        assert parse_address(found.private_url) == found
