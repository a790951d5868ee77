"""Leaner forms of one request to a model, for when tokens, money or time are short."""

from dataclasses import dataclass

from schemas.llm import EconomyStep, Message

LEAN_BELOW_S = 4.0
"""An attempt with less time than this begins with the second form: less to read and to write."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One form of a request.

    `step` says what was left out: None: nothing; `fewer_documents`; `no_optional`. A form without
    evidence does not exist. `n_documents` are the articles in it.
    """

    messages: tuple[Message, ...]
    step: EconomyStep | None
    n_documents: int
