from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rendering.money import format_dollars
from core.rendering.receivers import receivers_in_words
from core.rendering.richtext import flatten
from core.rendering.spending import render_desk, render_own
from core.rendering.units import utf16_len
from core.rendering.words import LANGUAGES
from schemas.llm import Usage
from schemas.model_reports import Receiver
from schemas.spending import LimitUse, SpendingBy, SpendingLine, SpendingReport


def line(key: str, micro_usd: int = 120_000, **more: int) -> SpendingLine:
    values = {"n_attempts": 3, "n_failed": 0, "n_estimated": 0} | more
    return SpendingLine(key=key, usage=Usage(), micro_usd=micro_usd, **values)


def report(
    *lines: SpendingLine, by: SpendingBy | None = None, is_on: bool = True
) -> SpendingReport:
    total = sum(each.micro_usd for each in lines)
    n_estimated = sum(each.n_estimated for each in lines)
    return SpendingReport(
        since=date(2026, 2, 23),
        until=date(2026, 3, 1),
        by=by,
        lines=lines,
        total=line("", total, n_attempts=3 * len(lines), n_estimated=n_estimated),
        limits=(
            LimitUse(kind="user_day_commands", used=12, limit=100),
            LimitUse(kind="user_day_usd", used=42_000, limit=5_000_000),
            LimitUse(kind="global_day_usd", used=1_230_000, limit=50_000_000),
        ),
        are_models_on=is_on,
    )


@pytest.mark.parametrize(
    ("micro_usd", "english", "russian"),
    [
        (0, "$0.00", "0,00 $"),
        (1, "<$0.0001", "<0,0001 $"),
        (4_200, "$0.0042", "0,0042 $"),
        (50_000, "$0.05", "0,05 $"),
        (999_999, "$1.00", "1,00 $"),
        (12_345_678_901, "$12,345.68", "12\u00a0345,68 $"),
    ],
)
def test_sums_are_written_as_the_language_does(micro_usd: int, english: str, russian: str) -> None:
    assert (format_dollars(micro_usd, "en"), format_dollars(micro_usd, "ru")) == (english, russian)


@given(st.integers(1, 10**12))
def test_what_costs_something_never_looks_free(micro_usd: int) -> None:
    assert any(digit in format_dollars(micro_usd, "en") for digit in "123456789")


def test_a_persons_day_and_week_are_told_with_their_limits() -> None:
    text = flatten(render_own(report(line("trends"), line("topics", 900, n_failed=1)), lang="en"))

    assert text.text.split("\n") == [
        "Your day",
        "",
        "• commands: 12 of 100",
        "• language models: $0.042 of $5.00",
        "A new day begins at midnight UTC.",
        "",
        "The last 7 days",
        "",
        "• trends: $0.12 · 3 calls",
        "• topics: $0.0009 · 3 calls, 1 of them failed",
        "",
        "Together: $0.1209",
    ]


def test_where_models_are_off_and_nothing_was_spent_no_table_is_shown() -> None:
    text = flatten(render_own(report(is_on=False), lang="ru")).text

    assert "языковые модели выключены" in text
    assert "7 дней" not in text


def test_estimates_are_marked_and_explained() -> None:
    text = flatten(render_own(report(line("trends", n_estimated=1)), lang="en")).text

    assert "• trends: ≈ $0.12 · 3 calls" in text
    assert "≈ means that a model did not say what it used" in text


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("by", ["model", "command"])
def test_the_whole_desks_spending_fits_one_message_whatever_the_names_are(
    lang: str, by: SpendingBy
) -> None:
    lines = [line(f"{n} {'😀' * 200}\n\u202e", n) for n in range(100)]

    text = flatten(render_desk(report(*lines, line(""), by=by), lang=lang)).text

    assert utf16_len(text) < 4096
    assert "\u202e" not in text
    assert "89" in text


@given(st.lists(st.text(max_size=300), max_size=30))
def test_receivers_are_named_on_one_short_line(hosts: list[str]) -> None:
    receivers = [Receiver(vendor=None, host=host) for host in hosts]

    words = receivers_in_words(receivers, "en", has_hosts=True)

    assert "\n" not in words
    assert utf16_len(words) < 1_500


def test_people_are_told_vendors_and_no_hosts() -> None:
    receivers = [
        Receiver(vendor="OpenAI", host="gate.example"),
        Receiver(vendor="OpenAI", host=None),
        Receiver(vendor=None, host="10.0.0.7:8000"),
    ]

    people = receivers_in_words(receivers, "en", has_hosts=False)
    operators = receivers_in_words(receivers, "en", has_hosts=True)

    assert people == "OpenAI, a server of this desk’s own"
    assert (
        operators == "OpenAI (gate.example), OpenAI, a server of this desk’s own (10.0.0.7:8000)"
    )
