"""A level of effort never makes a call fail: it is rounded or left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.adapters.llm.thinking import (
    Effort,
    claude_effort,
    claude_thinking,
    gemini_thinking,
    openai_effort,
)


@pytest.mark.parametrize(
    ("model", "asked", "sent"),
    [
        ("gpt-5", "minimal", "minimal"),
        ("gpt-5-2025-08-07", "none", "minimal"),
        ("gpt-5.6-terra", "minimal", "none"),
        ("gpt-5.6-terra", "high", "high"),
        ("o3", "none", "low"),
        ("gpt-4.1", "high", None),
        ("gpt-5.6-terra", None, None),
    ],
)
def test_openai_is_told_a_level_that_the_model_knows(
    model: str, asked: Effort | None, sent: Effort | None
) -> None:
    assert openai_effort(model, asked) == sent


@pytest.mark.parametrize(
    ("model", "asked", "effort", "thinking"),
    [
        ("claude-sonnet-5-5", "none", "low", "between_tools"),
        ("claude-sonnet-5", "minimal", "low", "disabled"),
        ("claude-opus-5-5", "none", "low", None),
        ("claude-sonnet-4-6", "none", "low", None),
        ("claude-sonnet-5-5", "high", "high", None),
        ("claude-haiku-4-5", "none", None, None),
        ("claude-haiku-4-5", "medium", None, 4_000),
        ("claude-sonnet-5-5", None, None, None),
    ],
)
def test_claude_is_told_effort_and_thinking_as_the_model_takes_them(
    model: str, asked: Effort | None, effort: str | None, thinking: object
) -> None:
    assert claude_effort(model, asked) == effort
    assert claude_thinking(model, asked, max_tokens=8_000) == thinking


@pytest.mark.parametrize(
    ("model", "asked", "sent"),
    [
        ("gemini-2.5-pro", "none", 128),
        ("gemini-2.5-pro", "low", 1_000),
        ("models/gemini-2.5-flash", "none", 0),
        ("gemini-2.5-flash-lite", "minimal", 512),
        ("gemini-3.8-flash", "none", "minimal"),
        ("gemini-3.1-pro-preview", "minimal", "low"),
        ("gemini-3.8-flash", "high", "high"),
        ("gemini-2.0-flash", "high", None),
        ("gemini-3.8-flash", None, None),
    ],
)
def test_gemini_is_told_a_budget_or_a_level(
    model: str, asked: Effort | None, sent: int | str | None
) -> None:
    assert gemini_thinking(model, asked, max_tokens=2_000) == sent


@given(
    effort=st.sampled_from(["none", "minimal", "low", "medium", "high"]),
    max_tokens=st.integers(1, 100_000),
)
def test_a_budget_leaves_room_for_the_reply_and_is_never_below_what_the_vendor_takes(
    effort: Effort, max_tokens: int
) -> None:
    claude = claude_thinking("claude-haiku-4-5", effort, max_tokens=max_tokens)
    pro = gemini_thinking("gemini-2.5-pro", effort, max_tokens=max_tokens)
    flash = gemini_thinking("gemini-2.5-flash", effort, max_tokens=max_tokens)

    assert claude is None or (isinstance(claude, int) and 1_024 <= claude <= max_tokens // 2)
    assert isinstance(pro, int)
    assert 128 <= pro <= max(128, max_tokens // 2)
    assert isinstance(flash, int)
    assert flash == 0 or 512 <= flash <= max_tokens // 2
