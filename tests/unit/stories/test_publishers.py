import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.stories.hosts import registered_name
from core.stories.publishers import family_of, family_of_feed


@pytest.mark.parametrize(
    ("title", "domain", "expected"),
    [
        ("BBC News", None, "bbc"),
        ("BBC Sport", None, "bbc"),
        ("BBC News | Русская служба", None, "bbc"),
        ("Anything", "feeds.bbci.co.uk", "bbc"),
        ("Reuters", None, "reuters"),
        ("CNN Politics", None, "cnn"),
        ("abcnews.go.com", None, "abc-us"),
        ("ABC News", None, "abc-us"),
        ("Bloomberg.com", None, "bloomberg"),
        ("РИА Новости", "ria.ru", "ria"),
        ("Northfield Courier", "northfield-courier.example", "northfield courier"),
        ("News", None, "news"),
        ("🗞", None, "🗞"),
        ("", None, "unknown"),
    ],
)
def test_sources_of_one_house_are_one_family(
    title: str, domain: str | None, expected: str
) -> None:
    assert family_of(title, domain) == expected


def test_a_house_is_not_found_inside_another_name() -> None:
    assert family_of("Abbcnn Reuters Fans", "notbbc.com") == "abbcnn reuters fans"


@given(st.text(max_size=40), st.none() | st.text(max_size=30))
def test_every_source_has_a_family(title: str, domain: str | None) -> None:
    assert family_of(title, domain)


@pytest.mark.parametrize(
    ("title", "domain", "expected"),
    [
        ("BBC News - World", "feeds.bbci.co.uk", "bbc"),
        ("Sport", "news.bbc.co.uk", "bbc"),
        ("Courier: Politics", "courier.example", "courier.example"),
        ("Letters to the editor", "blogs.courier.example", "courier.example"),
        ("Вести", "news.vesti.spb.ru", "vesti.spb.ru"),
        ("Reuters", None, "reuters"),
        ("Garden notes", "feeds.feedburner.com", "garden notes"),
        ("Garden notes", "gardener.blogspot.com", "gardener.blogspot.com"),
        ("Router news", "192.168.1.1", "router news"),
        ("Our wiki", "wiki", "our wiki"),
    ],
)
def test_feeds_of_one_site_are_one_family(title: str, domain: str | None, expected: str) -> None:
    assert family_of_feed(title, domain) == expected


@given(st.text(max_size=40), st.none() | st.text(max_size=30))
def test_every_feed_has_a_family(title: str, domain: str | None) -> None:
    assert family_of_feed(title, domain)


@given(
    st.lists(st.from_regex(r"[a-z]{3,8}", fullmatch=True), min_size=2, max_size=5).map(".".join)
)
def test_a_registered_name_is_the_end_of_its_host(host: str) -> None:
    name = registered_name(host)

    assert name is None or host == name or host.endswith(f".{name}") or name in host
