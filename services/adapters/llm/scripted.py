"""A language model without a language model: words by a script, for tests and for trying out."""

import asyncio
import re
from collections.abc import Callable, Sequence

from core.errors import ModelFailed
from schemas.llm import Claim, Draft, Message, ModelReply, Task, Usage

Script = Callable[[Task, Sequence[Message]], Draft]

EVIDENCE_LINE = re.compile(r"^\[(?P<id>[^\[\]\s]+)\]\s+(?P<words>\S.*)$", re.MULTILINE)
"""One piece of evidence in a message: `[k7q] title — snippet`, the opaque id first."""

TITLE_END = " — "
MAX_CLAIM_CHARS = 170
CHARS_PER_TOKEN = 4


class ScriptedModel:
    """A `ChatModel` that answers after `delay_s` seconds with what its script writes.

    Without a script of its own it makes one claim of each evidence line it is shown, citing that
    line's id, and takes the first one as the summary.
    """

    name = "scripted"

    def __init__(self, delay_s: float = 0.0, script: Script | None = None) -> None:
        self._delay_s = delay_s
        self._script = write_titles if script is None else script

    async def draft(
        self, task: Task, messages: Sequence[Message], *, timeout_s: float, max_tokens: int
    ) -> ModelReply:
        """Write a draft; usage is estimated at four characters a token.

        Raises:
            ModelFailed: With kind `timeout` when the delay is longer than `timeout_s`.
        """
        if self._delay_s > timeout_s:
            await asyncio.sleep(timeout_s)
            raise ModelFailed(
                f"{self.name} takes {self._delay_s:g} s, more than the {timeout_s:g} s it had",
                kind="timeout",
            )
        await asyncio.sleep(self._delay_s)
        draft = self._script(task, messages)
        read = sum(len(message.content) for message in messages)
        wrote = len(draft.tldr or "") + sum(len(claim.text) for claim in draft.claims)
        usage = Usage(
            input_tokens=read // CHARS_PER_TOKEN,
            output_tokens=min(max_tokens, wrote // CHARS_PER_TOKEN),
        )
        return ModelReply(draft=draft, model=self.name, usage=usage)

    async def aclose(self) -> None:
        """Release nothing; there is no connection."""


def write_titles(_task: Task, messages: Sequence[Message]) -> Draft:
    """Make one claim of each evidence line in the user messages, in their order."""
    claims = tuple(
        Claim(text=_cut(line["words"].split(TITLE_END, 1)[0]), refs=(line["id"],))
        for message in messages
        if message.role == "user"
        for line in EVIDENCE_LINE.finditer(message.content)
    )
    return Draft(claims=claims, tldr=claims[0].text if claims else None)


def _cut(title: str) -> str:
    title = title.strip()
    if len(title) <= MAX_CLAIM_CHARS:
        return title
    head = title[: MAX_CLAIM_CHARS - 1]
    return head.rsplit(" ", 1)[0].rstrip() + "…"
