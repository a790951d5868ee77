"""Rows of buttons under messages; every one refers to a stored run."""

from typing import Final, get_args

from core.rendering.callbacks import NO_RUN, Verb, build_callback
from core.rendering.words import say
from schemas.errors import ErrorResponse
from schemas.requests import WINDOWS, AnalyzeMode, NewsRequest, Window
from schemas.runs import Button, ButtonRows, Vote, VoteReason

_LADDER: Final = tuple(window for window in get_args(Window) if window != "1d")
"""Windows to switch between, shortest first; 1d is 24h by another name."""

_N_WINDOWS = 4
_MODES: Final[tuple[AnalyzeMode, ...]] = get_args(AnalyzeMode)
_REASONS: Final[tuple[VoteReason, ...]] = get_args(VoteReason)


def answer_buttons(
    run_id: str, request: NewsRequest, *, lang: str, vote: Vote | None = None
) -> ButtonRows:
    """Give the rows under an answer.

    Explain and All sources, Similar and Refresh, four neighbouring windows with the current one
    marked, both votes (`vote` marks the one that was cast); an answer to plain text begins with
    the three kinds of analysis.
    """
    modes = tuple(_button(f"button-{mode}", "mo", run_id, arg=mode, lang=lang) for mode in _MODES)
    marks = {"up": "👍", "down": "👎"} | ({vote: "✅"} if vote else {})
    rows = (
        modes if request.command == "stories" else (),
        (
            _button("button-explain", "ex", run_id, lang=lang),
            _button("button-sources", "al", run_id, arg="1", lang=lang),
        ),
        (
            _button("button-similar", "si", run_id, lang=lang),
            _button("button-refresh", "re", run_id, lang=lang),
        ),
        _window_row(run_id, request.window, lang),
        (
            Button(text=marks["up"], data=build_callback("up", run_id)),
            Button(text=marks["down"], data=build_callback("dn", run_id)),
        ),
    )
    return tuple(row for row in rows if row)


def error_buttons(
    run_id: str, error: ErrorResponse, request: NewsRequest, *, lang: str
) -> ButtonRows:
    """Give a retry where retrying can help, and longer windows where nothing was found."""
    rows: list[tuple[Button, ...]] = []
    if error.error.code == "NO_DATA":
        longer = [w for w in _LADDER if WINDOWS[w] > WINDOWS[request.window]][:3]
        rows.append(tuple(_window_button(run_id, window, lang) for window in longer))
    if error.error.retryable:
        rows.append((_button("button-retry", "rt", run_id, lang=lang),))
    return tuple(row for row in rows if row)


def explain_buttons(run_id: str, *, lang: str) -> ButtonRows:
    """Give the way back to the answer; Similar has the same."""
    return ((_button("button-back", "an", run_id, lang=lang),),)


def sources_buttons(run_id: str, page: int, pages: int, *, lang: str) -> ButtonRows:
    """Give the pager (only with more than one page) and the way back."""
    pager = []
    if page > 1:
        pager.append(Button(text="‹", data=build_callback("al", run_id, str(page - 1))))
    pager.append(Button(text=f"{page}/{pages}", data=build_callback("no", run_id)))
    if page < pages:
        pager.append(Button(text="›", data=build_callback("al", run_id, str(page + 1))))
    back = explain_buttons(run_id, lang=lang)
    return (tuple(pager), *back) if pages > 1 else back


def downvote_buttons(run_id: str, *, lang: str) -> ButtonRows:
    """Give the reasons for a thumb down, and the way back."""
    reasons = tuple(
        _button(f"button-{reason}", "dr", run_id, arg=reason, lang=lang) for reason in _REASONS
    )
    return (reasons, *explain_buttons(run_id, lang=lang))


def expired_buttons(*, lang: str, window: Window = "24h") -> ButtonRows:
    """Give new questions in the place of an answer that is no longer stored."""
    return (
        (_button("button-trends", "wi", NO_RUN, arg=window, lang=lang),),
        tuple(_button(f"button-{mode}", "mo", NO_RUN, arg=mode, lang=lang) for mode in _MODES),
    )


def _button(key: str, verb: Verb, run_id: str, *, lang: str, arg: str | None = None) -> Button:
    return Button(text=say(lang, key), data=build_callback(verb, run_id, arg))


def _window_row(run_id: str, current: Window, lang: str) -> tuple[Button, ...]:
    """Four rungs of the ladder around the current window, mostly longer ones."""
    current = "24h" if current == "1d" else current
    first = min(max(_LADDER.index(current) - 1, 0), len(_LADDER) - _N_WINDOWS)
    return tuple(
        Button(
            text=say(lang, "button-current", label=say(lang, f"window-{window}")),
            data=build_callback("no", run_id),
        )
        if window == current
        else _window_button(run_id, window, lang)
        for window in _LADDER[first : first + _N_WINDOWS]
    )


def _window_button(run_id: str, window: Window, lang: str) -> Button:
    return _button(f"window-{window}", "wi", run_id, arg=window, lang=lang)
