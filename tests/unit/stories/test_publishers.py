import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.stories.publishers import family_of


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
