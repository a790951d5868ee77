from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SourceFailed
from schemas.articles import RawItem
from services.adapters.sources.telegram_web import (
    ChannelPage,
    channel_name,
    page_url,
    read_channel_page,
)
from tests.unit.sources_formats.previews import (
    ALBUM,
    FORWARDED,
    LINK_PREVIEW,
    POLL,
    REPLY,
    VIDEO,
    contact,
    page,
    post,
    service,
    words,
)

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def read(html: str, name: str = "harbournews") -> ChannelPage:
    return read_channel_page(html, name=name, now=NOW, source="Harbour")


def read_one(inside: str) -> RawItem:
    (item,) = read(page(post(41, inside))).posts
    return item


def test_a_post_is_an_item_with_its_own_address() -> None:
    found = read(page(post(41, words("The bridge opens."))))

    assert found == ChannelPage(
        title="Harbour News & Tides",
        posts=(
            RawItem(
                source="Harbour",
                guid="t.me/harbournews/41",
                url="https://t.me/HarbourNews/41",
                text="The bridge opens.",
                published_at=datetime(2026, 3, 1, 10, tzinfo=UTC),
                views=12_300,
            ),
        ),
        oldest_id=41,
        newest_id=41,
    )


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("one<br/>two<br><br>three", "one\ntwo\n\nthree"),
        ('<i class="emoji" style="x"><b>🔥</b></i> <b>Bold</b> &lt;tag&gt;', "🔥 Bold <tag>"),
        ('<tg-emoji emoji-id="5"><i class="emoji"><b>⚓️</b></i></tg-emoji>Quay', "⚓️Quay"),
        ('see <a href="https://q.example/?a=1&amp;b=2">the quay</a>.', "see the quay."),
        ("<tg-spoiler>hidden <i>words</i></tg-spoiler> end", "hidden words end"),
        ("before<blockquote>quoted<br/>twice</blockquote>after", "before\nquoted\ntwice\nafter"),
        ("<pre>  a = 1\n  b = 2</pre>", "a = 1\n  b = 2"),
        ("Москва – 5\u00a0°C", "Москва – 5\u00a0°C"),
        ('<div class="tgme_widget_message_text js-message_text">nested</div>', "nested"),
    ],
)
def test_text_keeps_its_characters_and_its_line_breaks(html: str, expected: str) -> None:
    assert read_one(words(html)).text == expected


@pytest.mark.parametrize("around", [REPLY, FORWARDED, LINK_PREVIEW, ALBUM, VIDEO])
def test_only_the_words_of_the_post_itself_are_read(around: str) -> None:
    item = read_one(around + words("Own words") + around)

    assert item.text == "Own words"
    assert item.published_at == datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_a_poll_is_its_question_and_answers_without_counts_that_change() -> None:
    assert read_one(POLL).text == "Which quay?\nNorth\nSouth"


def test_an_edited_post_is_the_same_item_with_other_words() -> None:
    before = read(page(post(41, words("First")))).posts[0]
    after = read(page(post(41, words("Second"), is_edited=True))).posts[0]

    assert (after.guid, after.published_at) == (before.guid, before.published_at)
    assert after.text == "Second"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [("7", 7), ("999", 999), ("1.2K", 1_200), ("12K", 12_000), ("3.45M", 3_450_000), ("", None)],
)
def test_views_are_numbers(shown: str, expected: int | None) -> None:
    assert read(page(post(1, words("x"), views=shown))).posts[0].views == expected


def test_posts_come_oldest_first_and_all_of_them_count_for_paging() -> None:
    found = read(page(post(43, words("c")), post(41, ALBUM), post(42, words("b")), service(44)))

    assert [item.text for item in found.posts] == ["b", "c"]
    assert (found.oldest_id, found.newest_id) == (41, 44)


def test_posts_of_other_channels_and_broken_ids_are_passed_over() -> None:
    found = read(
        page(post(1, words("own")), post(2, words("x"), name="Other"), '<div data-post="a/b">')
    )

    assert [item.text for item in found.posts] == ["own"]


def test_a_date_that_cannot_be_is_unknown() -> None:
    (item,) = read(page(post(1, words("x"), at="2099-01-01T00:00:00+00:00"))).posts

    assert item.published_at is None


def test_a_channel_without_posts_is_an_empty_page_and_no_failure() -> None:
    assert read(page()) == ChannelPage("Harbour News & Tides", (), None, None)


def test_the_part_of_a_page_that_paging_gives_is_read_too() -> None:
    found = read(post(5, words("older")))

    assert (found.title, found.oldest_id) == ("harbournews", 5)


@pytest.mark.parametrize(
    ("html", "reason", "said"),
    [
        (contact("Harbour", "12 345 subscribers"), "hidden", "@harbournews shows no posts"),
        (contact("Harbour Chat", "345 members, 12 online"), "hidden", "or it is a group"),
        (contact("", "", "Send Message"), "missing", "no public channel @harbournews"),
        (contact("Jane", "@harbournews", "Send Message"), "missing", "check the spelling"),
        (contact("Bot", "9 monthly users", "Start Bot"), "missing", "no public channel"),
        ("<html><body><h1>Hello</h1></body></html>", "unreadable", "layout is unknown"),
        ("", "unreadable", "the page of @harbournews is empty"),
        ("\0", "unreadable", "@harbournews"),
    ],
)
def test_a_page_without_preview_says_why(html: str, reason: str, said: str) -> None:
    with pytest.raises(SourceFailed, match=said) as caught:
        read(html)

    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("@HarbourNews", "HarbourNews"),
        (" t.me/HarbourNews ", "HarbourNews"),
        ("https://t.me/s/HarbourNews", "HarbourNews"),
        ("http://t.me/s/HarbourNews/123?before=9#x", "HarbourNews"),
        ("https://t.me/HarbourNews/123", "HarbourNews"),
        ("https://www.telegram.me/HarbourNews", "HarbourNews"),
        ("HTTPS://T.ME/HarbourNews/", "HarbourNews"),
        ("https://harbournews.t.me/12", "harbournews"),
        ("tg://resolve?domain=HarbourNews&post=5", "HarbourNews"),
        ("https://t.me/+AbCdEf", None),
        ("https://t.me/joinchat/AbCdEf", None),
        ("https://t.me/c/12345/6", None),
        ("https://t.me/addstickers/Cats", None),
        ("https://t.me/share/url?url=x", None),
        ("https://t.me/s/", None),
        ("https://t.me", None),
        ("https://www.t.me/", None),
        ("HarbourNews", None),
        ("@ab", None),
        ("@1harbour", None),
        ("@harbour_", None),
        ("https://t.me.example/HarbourNews", None),
        ("https://quay.example/t.me/HarbourNews", None),
        ("user@example.org", None),
        ("", None),
    ],
)
def test_names_of_channels_are_told_from_other_addresses(
    address: str, expected: str | None
) -> None:
    assert channel_name(address) == expected


def test_a_page_address_leads_back_to_its_name() -> None:
    assert page_url("harbour", before=40) == "https://t.me/s/harbour?before=40"
    assert page_url("harbour", base="http://127.0.0.1:1") == "http://127.0.0.1:1/s/harbour"
    assert channel_name(page_url("harbour", before=40)) == "harbour"


@given(st.text(max_size=60).filter(lambda text: "<" not in text and "&" not in text))
def test_no_character_of_a_text_is_lost(text: str) -> None:
    text = "".join(c for c in text if c.isprintable() or c == " ").strip()

    posts = read(page(post(1, words(text)))).posts

    assert [item.text for item in posts] == ([text] if text else [])


@given(st.text(max_size=300))
def test_whatever_follows_a_post_does_not_hide_it(html: str) -> None:
    found = read(post(1, words("x")) + html)

    assert found.newest_id == 1
    assert found.posts[0].text.startswith("x")


def test_a_page_of_half_a_megabyte_of_open_tags_ends() -> None:
    with pytest.raises(SourceFailed, match="layout is unknown"):
        read("<div>" * 100_000)
