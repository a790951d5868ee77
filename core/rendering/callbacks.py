"""The grammar of callback data: `v1:<verb>:<run id>[:arg]`, at most 64 bytes."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, get_args

from core.errors import UsageError
from schemas.requests import AnalyzeMode, Window
from schemas.runs import VoteReason

Verb = Literal["an", "ex", "al", "si", "re", "wi", "mo", "up", "dn", "dr", "rt", "no"]
"""an: back to the answer, ex: Explain, al: all sources (page), si: Similar, re: Refresh,
wi: another window (window), mo: another kind (mode), up, dn: votes, dr: why not (reason),
rt: try again, no: nothing."""

NO_RUN: Final = "0"
"""Stands for the run id where there is none: `wi` then asks for `/trends`, `mo` for `/analyze`."""

MAX_BYTES: Final = 64
_DATA = re.compile(r"v1:([a-z]{2}):([A-Za-z0-9_-]{1,40})(?::([A-Za-z0-9]{1,12}))?", re.ASCII)


def _is_page(arg: str) -> bool:
    return re.fullmatch("[1-9][0-9]{0,3}", arg) is not None


_ARGS: Final[dict[str, Callable[[str], bool]]] = {
    "al": _is_page,
    "wi": frozenset(get_args(Window)).__contains__,
    "mo": frozenset(get_args(AnalyzeMode)).__contains__,
    "dr": frozenset(get_args(VoteReason)).__contains__,
}
_VERBS: Final[dict[str, Verb]] = {verb: verb for verb in get_args(Verb)}


@dataclass(frozen=True, slots=True)
class Callback:
    """What a button means: `arg` for `al`, `wi`, `mo` and `dr`, else None."""

    verb: Verb
    run_id: str
    arg: str | None = None


def build_callback(verb: Verb, run_id: str, arg: str | None = None) -> str:
    """Write callback data.

    Raises:
        UsageError: If the parts do not make data that `parse_callback` reads.
    """
    data = f"v1:{verb}:{run_id}" + (f":{arg}" if arg is not None else "")
    parse_callback(data)
    return data


def parse_callback(data: str) -> Callback:
    """Read callback data.

    Raises:
        UsageError: If it is not of the grammar: made by another version, or by hand.
    """
    match = _DATA.fullmatch(data)
    verb = _VERBS.get(match[1]) if match else None
    if match is None or verb is None or not _fits(verb, match[3]):
        raise UsageError(
            f"not a button of this version: {data[:MAX_BYTES]!r}; send the command again",
            field="option",
            word=data[:MAX_BYTES],
        )
    return Callback(verb=verb, run_id=match[2], arg=match[3])


def _fits(verb: Verb, arg: str | None) -> bool:
    check = _ARGS.get(verb)
    return arg is None if check is None else arg is not None and check(arg)
