"""Buttons and the grammar of their data."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.rendering.buttons import (
    answer_buttons,
    downvote_buttons,
    error_buttons,
    expired_buttons,
    explain_buttons,
    sources_buttons,
)
from core.rendering.callbacks import NO_RUN, Callback, Verb, build_callback, parse_callback
from core.rendering.words import LANGUAGES
from schemas.requests import AnalyzeMode, NewsRequest, Window
from schemas.runs import ButtonRows, VoteReason
from tests.unit.rendering import samples

RUN = "k7q2p"
TRENDS = NewsRequest(command="trends")
run_ids = st.text(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", min_size=1, max_size=40
)
callbacks = st.one_of(
    st.builds(
        Callback, st.sampled_from(("an", "ex", "si", "re", "up", "dn", "rt", "no")), run_ids
    ),
    st.builds(Callback, st.just("al"), run_ids, st.integers(1, 9999).map(str)),
    st.builds(Callback, st.just("wi"), run_ids, st.sampled_from(get_args(Window))),
    st.builds(Callback, st.just("mo"), run_ids, st.sampled_from(get_args(AnalyzeMode))),
    st.builds(Callback, st.just("dr"), run_ids, st.sampled_from(get_args(VoteReason))),
)


def callbacks_of(rows: ButtonRows) -> list[list[tuple[Verb, str | None]]]:
    found = []
    for row in rows:
        parsed = [parse_callback(button.data or "") for button in row]
        found.append([(callback.verb, callback.arg) for callback in parsed])
    return found


@given(callbacks)
def test_callback_data_reads_back_as_it_was_built(callback: Callback) -> None:
    data = build_callback(callback.verb, callback.run_id, callback.arg)

    assert parse_callback(data) == callback
    assert len(data.encode()) <= 64


@given(st.one_of(st.text(), st.text(max_size=20).map(lambda s: f"v1:{s}")))
def test_any_other_data_is_a_usage_error(data: str) -> None:
    try:
        callback = parse_callback(data)
    except UsageError as error:
        assert error.field == "option"  # noqa: PT017 - both ends are right
    else:
        assert build_callback(callback.verb, callback.run_id, callback.arg) == data


@pytest.mark.parametrize(
    "data",
    ["", "v2:ex:abc", "v1:fo:abc", "v1:ex", "v1:ex:", "v1:ex:abc:1", "v1:al:abc", "v1:al:abc:0",
     "v1:wi:abc:5h", "v1:mo:abc:trends", "v1:dr:abc:bad", "v1:ex:a b", "v1:ex:abc\n",
     "v1:ex:" + "a" * 60],
)  # fmt: skip
def test_wrong_data_is_refused(data: str) -> None:
    with pytest.raises(UsageError, match="not a button of this version"):
        parse_callback(data)


def test_an_answer_has_every_button_except_follow() -> None:
    assert callbacks_of(answer_buttons(RUN, TRENDS, lang="en")) == [
        [("ex", None), ("al", "1")],
        [("si", None), ("re", None)],
        [("wi", "12h"), ("no", None), ("wi", "3d"), ("wi", "1w")],
        [("up", None), ("dn", None)],
    ]


def test_stories_offer_the_three_analyses() -> None:
    rows = answer_buttons(RUN, NewsRequest(command="stories", query="x"), lang="en")

    assert callbacks_of(rows)[0] == [("mo", "keywords"), ("mo", "sentiment"), ("mo", "topics")]


@pytest.mark.parametrize(
    ("window", "labels"),
    [
        ("6h", ["• 6 h •", "12 h", "24 h", "3 days"]),
        ("1d", ["12 h", "• 24 h •", "3 days", "1 week"]),
        ("1y", ["1 month", "3 months", "6 months", "• 1 year •"]),
    ],
)
def test_windows_around_the_current_one_are_offered(window: Window, labels: list[str]) -> None:
    rows = answer_buttons(RUN, NewsRequest(command="trends", window=window), lang="en")

    assert [button.text for button in rows[2]] == labels


def test_a_cast_vote_is_marked() -> None:
    rows = answer_buttons(RUN, TRENDS, lang="en", vote="up")

    assert [button.text for button in rows[-1]] == ["✅", "👎"]


def test_no_data_offers_longer_windows_and_a_retry() -> None:
    rows = error_buttons(RUN, samples.error(), TRENDS, lang="en")

    assert callbacks_of(rows) == [[("wi", "3d"), ("wi", "1w"), ("wi", "2w")], [("rt", None)]]


def test_the_longest_window_has_no_longer_one() -> None:
    request = NewsRequest(command="trends", window="1y")

    assert callbacks_of(error_buttons(RUN, samples.error(), request, lang="en")) == [
        [("rt", None)]
    ]


def test_an_error_that_retrying_cannot_help_has_no_button() -> None:
    error = samples.error("BUDGET_EXCEEDED", retryable=False)

    assert error_buttons(RUN, error, TRENDS, lang="en") == ()


@pytest.mark.parametrize(
    ("page", "pages", "rows"),
    [
        (1, 1, [[("an", None)]]),
        (1, 3, [[("no", None), ("al", "2")], [("an", None)]]),
        (2, 3, [[("al", "1"), ("no", None), ("al", "3")], [("an", None)]]),
        (3, 3, [[("al", "2"), ("no", None)], [("an", None)]]),
    ],
)
def test_sources_have_a_pager_and_a_way_back(
    page: int, pages: int, rows: list[list[tuple[Verb, str | None]]]
) -> None:
    assert callbacks_of(sources_buttons(RUN, page, pages, lang="en")) == rows


def test_a_thumb_down_asks_why() -> None:
    rows = downvote_buttons(RUN, lang="ru")

    assert [button.text for button in rows[0]] == ["Неверно", "Устарело", "Бесполезно"]
    assert callbacks_of(rows)[1] == [("an", None)]


def test_an_expired_answer_offers_new_questions() -> None:
    rows = expired_buttons(lang="en", window="3d")

    assert parse_callback(rows[0][0].data or "") == Callback("wi", NO_RUN, "3d")
    assert [arg for _, arg in callbacks_of(rows)[1]] == ["keywords", "sentiment", "topics"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_labels_are_short_and_data_fits(lang: str) -> None:
    long_id = "x" * 40
    rows = (
        *answer_buttons(long_id, NewsRequest(command="stories", query="x"), lang=lang),
        *error_buttons(long_id, samples.error(), TRENDS, lang=lang),
        *explain_buttons(long_id, lang=lang),
        *sources_buttons(long_id, 2, 9999, lang=lang),
        *downvote_buttons(long_id, lang=lang),
        *expired_buttons(lang=lang),
    )
    buttons = [button for row in rows for button in row]

    assert all(0 < len(button.text) <= 24 for button in buttons)
    assert all(len((button.data or "").encode()) <= 64 for button in buttons)
