from typing import get_args

import pytest

from core.rendering.source_words import (
    failure_words,
    kind_words,
    shown_address,
    state_words,
)
from schemas.sources import FailureReason, PolledKind, SourceState


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_every_reason_state_and_kind_has_words_of_its_own(lang: str) -> None:
    reasons = [failure_words(reason, lang) for reason in get_args(FailureReason)]
    states = [state_words(state, lang) for state in get_args(SourceState)]
    kinds = [kind_words(kind, lang) for kind in get_args(PolledKind)]

    assert len({*reasons, *states, *kinds}) == len(reasons + states + kinds)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ada:secret@feeds.example/a?b=c", "https://feeds.example/a?b=c"),
        ("https://feeds.example:8443/a", "https://feeds.example:8443/a"),
        ("https://ada:secret@[feeds/a", "[feeds/a"),
        ("https://feeds.example/a\nb", "https://feeds.example/ab"),
    ],
)
def test_a_shown_address_is_one_line_without_a_password(url: str, shown: str) -> None:
    assert shown_address(url) == shown
