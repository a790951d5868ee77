from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ports.articles import KnownArticle
from core.stories.intake import (
    Versions,
    article_key,
    canonical_url,
    content_hash,
    counts_at,
    cut_by_time,
    domain_of,
    group_versions,
    prepare,
)
from schemas.articles import RawItem
from tests.unit.stories.newsroom import NOW, START, candidate


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://News.Example/Path?b=2&a=1", "https://news.example/Path?b=2&a=1"),
        ("https://news.example:443/a#top", "https://news.example/a"),
        ("http://news.example:80", "http://news.example/"),
        ("http://news.example:8080/a", "http://news.example:8080/a"),
        ("https://n.example/a?utm_source=x&id=5&fbclid=z", "https://n.example/a?id=5"),
        ("https://n.example/a?UTM_Medium=x", "https://n.example/a"),
        ("https://user:pw@n.example/a", "https://n.example/a"),
        ("https://n.example/a?q=%D1%8F&empty=", "https://n.example/a?q=%D1%8F&empty="),
        ("https://[::1]:8080/a", "https://[::1]:8080/a"),
        ("ftp://n.example/a", None),
        ("https://[broken", None),
        ("https://n.example:99999/", None),
        ("no address", None),
    ],
)
def test_one_page_has_one_address(url: str, expected: str | None) -> None:
    assert canonical_url(url) == expected


@given(st.text(max_size=60).map("https://n.example/".__add__))
def test_a_canonical_address_is_its_own_canonical_address(url: str) -> None:
    once = canonical_url(url)

    assert once is None or canonical_url(once) == once


def test_the_key_is_the_guid_then_the_address_then_a_hash() -> None:
    item = RawItem(source="A", guid="7", url="https://a.example/x?utm_source=b", title="T")

    without_guid = item.model_copy(update={"guid": None})
    without_both = item.model_copy(update={"guid": None, "url": None})

    assert article_key(item) == "g:7"
    assert article_key(without_guid) == "u:https://a.example/x"
    assert article_key(without_both).startswith("h:")


def test_without_guid_and_address_source_title_and_date_identify() -> None:
    item = RawItem(source="A", title="T", text="one", published_at=START)
    later = START + timedelta(days=1)

    assert article_key(item) == article_key(item.model_copy(update={"text": "two"}))
    assert article_key(item) != article_key(item.model_copy(update={"published_at": later}))
    assert article_key(item) != article_key(item.model_copy(update={"source": "B"}))


def test_a_huge_guid_becomes_a_short_key() -> None:
    assert len(article_key(RawItem(source="A", guid="x" * 100_000, title="T"))) < 50


def test_spacing_is_no_new_content() -> None:
    assert content_hash("A  title", "one\n\ntwo ") == content_hash("A title", "one two")
    assert content_hash("A title", "one") != content_hash("A title one", "")


def test_an_article_counts_when_it_was_published_but_never_after_it_was_seen() -> None:
    assert counts_at(START, NOW) == START
    assert counts_at(NOW + timedelta(hours=3), NOW) == NOW
    assert counts_at(None, NOW) == NOW


def test_a_post_without_a_title_gets_its_first_sentence() -> None:
    post = RawItem(source="A", text="The bridge is closed. Ferries run every ten minutes.")

    assert prepare(post, order=0, now=NOW).title == "The bridge is closed."


def test_times_are_whole_seconds_so_that_a_reload_sees_the_same() -> None:
    moment = datetime(2026, 3, 4, 8, 0, 0, 999_999, tzinfo=UTC)
    item = RawItem(source="A", title="T", published_at=moment)

    assert prepare(item, order=0, now=NOW).at == moment.replace(microsecond=0)


def test_domains_come_without_www() -> None:
    assert domain_of("https://www.News.example/a") == "news.example"
    assert domain_of("nothing") is None


def versions(*texts: str) -> Versions:
    items = [candidate("Title", text) for text in texts]
    return Versions(tuple(replace(item, key="g:1") for item in items))


def stored(*texts: str) -> KnownArticle:
    """An article whose versions had these texts, the newest last."""
    hashes = [content_hash("Title", text) for text in texts]
    return KnownArticle(
        id=5,
        version=len(texts),
        content_hash=hashes[-1],
        story_id=1,
        past_hashes=frozenset(hashes),
    )


@pytest.mark.parametrize(
    ("texts", "known", "new", "revisions", "n_duplicate"),
    [
        (("a",), None, "a", [], 0),
        (("a", "a", "a"), None, "a", [], 2),
        (("a", "b", "b", "c"), None, "a", ["b", "c"], 1),
        (("a",), "a", None, [], 1),
        (("b",), "a", None, ["b"], 0),
        (("a", "b", "c"), "abc", None, [], 3),
        (("a", "b", "c", "d"), "abc", None, ["d"], 3),
        (("a",), "ab", None, [], 1),
        (("a", "b", "a"), None, "a", ["b"], 1),
    ],
)
def test_versions_are_told_from_repeats(
    texts: tuple[str, ...],
    known: str | None,
    new: str | None,
    revisions: list[str],
    n_duplicate: int,
) -> None:
    changes = versions(*texts).compare(stored(*known) if known else None)

    assert (changes.new.item.text if changes.new else None) == new
    assert [item.item.text for item in changes.revisions] == revisions
    assert changes.n_duplicate == n_duplicate


@given(st.lists(st.sampled_from("abc"), min_size=1), st.none() | st.sampled_from("abc"))
def test_every_item_is_counted_and_a_second_time_nothing_changes(
    texts: list[str], known: str | None
) -> None:
    batch = versions(*texts)
    changes = batch.compare(stored(*known) if known else None)
    n_changes = len(changes.revisions) + (changes.new is not None)
    again = batch.compare(stored(*(known or ""), *texts))

    assert n_changes + changes.n_duplicate == len(texts)
    assert (again.new, again.revisions) == (None, ())


def test_a_batch_is_ordered_by_time_and_cut_every_three_days() -> None:
    days = (9, 0, 2, 4, 3)
    items = [replace(candidate(f"T{d}", minutes=d * 1440), key=f"g:{d}") for d in days]

    parts = cut_by_time(group_versions(items))

    assert [[v.first.title for v in part] for part in parts] == [
        ["T0", "T2", "T3"],
        ["T4"],
        ["T9"],
    ]
