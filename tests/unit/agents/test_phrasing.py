"""Headlines and phrases inside sentences."""

import pytest

from core.agents.phrasing import fit, shorten


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ferry sinks.", "Ferry sinks"),
        ("Ferry sinks …", "Ferry sinks"),
        ("Ferry leaves the U.S.", "Ferry leaves the U.S."),
        ("В С.С.С.Р.", "В С.С.С.Р."),
        ("Costs rise by 3.5.", "Costs rise by 3.5"),
    ],
)
def test_a_headline_loses_its_full_stop_and_an_abbreviation_keeps_its_own(
    text: str, expected: str
) -> None:
    assert shorten(text, 80) == expected


def test_a_phrase_is_quoted_as_it_is_written() -> None:
    said = fit(
        "en", "writer-phrase", "phrase", "U.S.", n=5, articles="9 articles", publishers="two"
    )

    assert "“U.S.”" in said
