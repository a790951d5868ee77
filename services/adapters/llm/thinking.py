"""How much a model reasons before it writes, in each vendor's own terms.

Our levels are few and the vendors' rules many: a level that a model does not know becomes the next
one that it does, and one that it cannot be told is left out, so that a setting never makes a call
fail. Reasoning counts into `max_tokens` everywhere.

Source:
    developers.openai.com/api/docs/guides/reasoning, platform.claude.com/docs (effort, thinking),
    ai.google.dev/gemini-api/docs/thinking; read in November 2026.
"""

from collections.abc import Mapping
from typing import Literal

Effort = Literal["none", "minimal", "low", "medium", "high"]

_BUDGETS: Mapping[Effort, int] = {
    "none": 0,
    "minimal": 512,
    "low": 1_024,
    "medium": 8_192,
    "high": 24_576,
}
_PRO_LEAST = 128
_LITE_LEAST = 512
_CLAUDE_LEAST = 1_024

_FIRST_GPT_5 = ("gpt-5-", "gpt-5:")
_O_SERIES = ("o1", "o3", "o4")
_CLAUDE_BY_BUDGET = ("claude-haiku-4-5", "claude-sonnet-4-5", "claude-opus-4-1")
_CLAUDE_QUIET_UNASKED = ("claude-opus-4-", "claude-sonnet-4-")
_CLAUDE_BETWEEN_TOOLS = ("claude-sonnet-5-5",)
_CLAUDE_CAN_BE_QUIET = ("claude-sonnet-5", "claude-haiku-5", "claude-opus-5")
_CLAUDE_CANNOT_BE_QUIET = ("claude-opus-5-5",)


def openai_effort(model: str, effort: Effort | None) -> Effort | None:
    """Give the value of `reasoning.effort`, None where the model takes none."""
    if effort is None or model.startswith("gpt-4"):
        return None
    if model == "gpt-5" or model.startswith(_FIRST_GPT_5):
        return "minimal" if effort == "none" else effort
    if model.startswith(_O_SERIES):
        return "low" if effort in ("none", "minimal") else effort
    if model.startswith("gpt-") and effort == "minimal":
        return "none"
    return effort


def claude_effort(model: str, effort: Effort | None) -> Literal["low", "medium", "high"] | None:
    """Give the value of `output_config.effort`, None where the model takes none."""
    if effort is None or model.startswith(_CLAUDE_BY_BUDGET):
        return None
    return "low" if effort == "none" or effort == "minimal" else effort  # noqa: PLR1714 - mypy narrows by ==


def claude_thinking(
    model: str, effort: Effort | None, *, max_tokens: int
) -> Literal["disabled", "between_tools"] | int | None:
    """Give the kind of `thinking`, or its budget in tokens; None: the field is left out.

    A budget leaves half of `max_tokens` for the reply.
    """
    if model.startswith(_CLAUDE_BY_BUDGET):
        budget = min(_BUDGETS[effort or "none"], max_tokens // 2)
        return budget if budget >= _CLAUDE_LEAST else None
    if effort not in ("none", "minimal") or model.startswith(_CLAUDE_QUIET_UNASKED):
        return None
    if model.startswith(_CLAUDE_BETWEEN_TOOLS):
        return "between_tools"
    can_be = model.startswith(_CLAUDE_CAN_BE_QUIET)
    return "disabled" if can_be and not model.startswith(_CLAUDE_CANNOT_BE_QUIET) else None


def gemini_thinking(model: str, effort: Effort | None, *, max_tokens: int) -> int | Effort | None:
    """Give a budget in tokens (up to 2.5) or a level (from 3 on); None: the field is left out.

    A budget leaves half of `max_tokens` for the reply; a Pro never thinks less than 128 tokens.
    """
    bare = model.removeprefix("models/")
    if effort is None or bare.startswith(("gemini-1", "gemini-2.0")):
        return None
    if not bare.startswith("gemini-2.5"):
        least: Effort = "low" if "pro" in bare else "minimal"
        return least if effort in ("none", "minimal") else effort
    budget = min(_BUDGETS[effort], max_tokens // 2)
    if "pro" in bare:
        return max(_PRO_LEAST, 0 if effort == "minimal" else budget)
    return budget if budget >= _LITE_LEAST else 0
