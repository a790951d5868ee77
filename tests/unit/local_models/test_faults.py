"""Faults: which there are, how they are named, whom they strike and how often."""

import json
import re

import pytest

from bot_service.local_models.asked import Asked, Turn
from bot_service.local_models.catalog import find_model
from bot_service.local_models.faults import (
    FAULTS,
    Fault,
    FaultOptions,
    Faults,
    parse_fault,
    read_fault,
)
from bot_service.local_models.spoiling import HUGE_BYTES, add_unknown, spoil
from tests.architecture.source import ROOT

GOOD = json.dumps({"claims": [{"text": "A ferry.", "refs": ["a1"], "n": 3}], "tldr": None})


def spoiled(fault: Fault | None, text: str = GOOD, **options: object) -> str:
    model = find_model("openai", "gpt-5")
    assert model is not None
    asked = Asked(model=model, system="", turns=(Turn("user", "[a1] Ferry — Sails."),), body={})
    return spoil(text, read_fault(fault, **options) if fault else None, asked)


def test_a_fault_strikes_until_it_is_taken_back() -> None:
    faults = Faults()
    faults.set("openai", read_fault("hang"))

    struck = [faults.take("openai", is_wording=True) for _ in range(3)]
    faults.set("openai", None)

    assert [fault.name for fault in struck if fault] == ["hang"] * 3
    assert faults.take("openai", is_wording=True) is None


def test_a_fault_for_n_calls_strikes_n_times() -> None:
    faults = Faults()
    faults.set("gemini", read_fault("server_error", times=2))

    struck = [faults.take("gemini", is_wording=False) is not None for _ in range(4)]

    assert struck == [True, True, False, False]


def test_a_fault_strikes_its_own_provider_alone() -> None:
    faults = Faults()
    faults.set("openai", read_fault("auth"))

    assert faults.take("anthropic", is_wording=True) is None


def test_a_fault_of_words_is_not_used_up_by_other_requests() -> None:
    faults = Faults()
    faults.set("openai", read_fault("markdown", times=1))

    assert faults.take("openai", is_wording=False) is None
    assert faults.take("openai", is_wording=True) is not None


def test_a_fault_is_read_from_words_with_its_options() -> None:
    provider, fault = parse_fault("openai=rate_limited:times=3,retry_after_s=0.5")

    assert (provider, fault.name) == ("openai", "rate_limited")
    assert fault.options == FaultOptions(times=3, retry_after_s=0.5)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("openai", "is not of the form PROVIDER=FAULT"),
        ("openai=", "is not of the form PROVIDER=FAULT"),
        ("nobody=hang", "no provider is called 'nobody'; there are openai"),
        ("openai=sleep", "no fault is called 'sleep'; there are rate_limited"),
        ("openai=hang:colour=red", "a fault has no option 'colour'; it has delay_s"),
        ("openai=hang:times=0", "times takes a whole number from 1, not '0'"),
        ("openai=html:status=99", "status takes an HTTP status from 200 to 599, not '99'"),
        ("openai=wrong_schema:form=odd", "form takes fields, types or nulls, not 'odd'"),
        ("openai=hang:delay_s=soon", "delay_s takes seconds from 0 to 86400, not 'soon'"),
    ],
)
def test_a_fault_that_cannot_be_understood_says_what_could(words: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_fault(words)


def test_without_a_fault_words_stay_as_they_are() -> None:
    assert spoiled(None) == GOOD


def test_the_how_to_lists_every_fault_and_no_other() -> None:
    page = (ROOT / "docs/how-to/try-models.md").read_text(encoding="utf-8")

    assert re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE) == list(FAULTS)


def test_broken_json_cannot_be_read() -> None:
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|Invalid"):
        json.loads(spoiled("malformed_json"))


def test_other_types_stand_where_texts_and_numbers_belong() -> None:
    value = json.loads(spoiled("wrong_schema", form="types"))

    assert value == {"claims": [{"text": 8, "refs": "a1", "n": "3"}], "tldr": "none"}


def test_nulls_stand_everywhere_but_in_the_frame() -> None:
    value = json.loads(spoiled("wrong_schema", form="nulls"))

    assert value == {"claims": [{"text": None, "refs": None, "n": None}], "tldr": None}


@pytest.mark.parametrize("text", [GOOD, "Free words.", "[1, 2]", "{}"])
def test_huge_is_huge_whatever_it_was(text: str) -> None:
    assert len(spoiled("huge", text)) >= HUGE_BYTES


def test_what_the_client_sent_comes_back_without_unknown_fields() -> None:
    value = add_unknown({"metadata": {"a": "b"}, "usage": {"n": 1}, "list": [{}]})

    assert isinstance(value, dict)
    assert value["metadata"] == {"a": "b"}
    assert "x_newer" in value["usage"]
    assert "x_newer" in value["list"][0]
