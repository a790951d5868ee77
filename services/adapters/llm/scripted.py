"""A language model without a language model: words by a script, for tests and for trying out."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable

from core.errors import ModelFailed
from schemas.llm import (
    AnyDraft,
    Claim,
    ComposedDraft,
    Draft,
    ExpansionDraft,
    ModelCall,
    ModelReply,
    TopicsDraft,
    Usage,
)

Script = Callable[[ModelCall], AnyDraft]

EVIDENCE_LINE = re.compile(r"^\[(?P<id>[^\[\]\s]+)\]\s+(?P<words>\S.*)$", re.MULTILINE)
"""One piece of evidence in a message: `[k7q] title — snippet`, the opaque id first."""

TITLE_END = " — "
MAX_CLAIM_CHARS = 170
CHARS_PER_TOKEN = 4
PIECE_CHARS = 40
MAX_EXPANSIONS = 4
_LONG_WORD = re.compile(r"\w{6,}")


class ScriptedModel:
    """A `ChatModel` that answers after `delay_s` seconds with what its script writes.

    Without a script of its own it makes one claim of each evidence line it is shown, citing that
    line's id, and takes the first one as the summary.
    """

    def __init__(
        self, delay_s: float = 0.0, script: Script | None = None, *, name: str = "scripted"
    ) -> None:
        self.name = name
        self._delay_s = delay_s
        self._script = write_titles if script is None else script

    async def draft(self, call: ModelCall) -> ModelReply:
        """Write a draft; usage is estimated at four characters a token.

        Raises:
            ModelFailed: With kind `timeout` when the delay is longer than the call's time.
        """
        await self._think(self._delay_s, call)
        return self._reply(call)

    async def stream(self, call: ModelCall) -> AsyncIterator[str | ModelReply]:
        """Write a draft in pieces that arrive evenly over the delay.

        Raises:
            ModelFailed: As above, before the first piece.
        """
        if self._delay_s > call.timeout_s:
            await self._think(self._delay_s, call)
        reply = self._reply(call)
        text = reply.draft.model_dump_json()
        pieces = [text[at : at + PIECE_CHARS] for at in range(0, len(text), PIECE_CHARS)]
        for piece in pieces:
            await self._think(self._delay_s / len(pieces), call)
            yield piece
        yield reply

    async def aclose(self) -> None:
        """Release nothing; there is no connection."""

    async def _think(self, delay_s: float, call: ModelCall) -> None:
        if delay_s > call.timeout_s:
            await asyncio.sleep(call.timeout_s)
            raise ModelFailed(
                f"{self.name} takes {delay_s:g} s, more than the {call.timeout_s:g} s it had",
                kind="timeout",
            )
        await asyncio.sleep(delay_s)

    def _reply(self, call: ModelCall) -> ModelReply:
        draft = self._script(call)
        read = sum(len(message.content) for message in call.messages)
        usage = Usage(
            input_tokens=read // CHARS_PER_TOKEN,
            output_tokens=min(call.max_tokens, len(draft.model_dump_json()) // CHARS_PER_TOKEN),
        )
        return ModelReply(draft=draft, model=self.name, usage=usage)


def write_titles(call: ModelCall) -> AnyDraft:
    """Make one claim of each evidence line in the user messages, in their order."""
    lines = [
        (line["id"], _cut(line["words"].split(TITLE_END, 1)[0]))
        for message in call.messages
        if message.role == "user"
        for line in EVIDENCE_LINE.finditer(message.content)
    ]
    claims = tuple(Claim(text=title, refs=(ref,)) for ref, title in lines)
    match call.task:
        case "compose":
            return ComposedDraft(claims=claims, tldr=claims[0].text if claims else None)
        case "topic_modeler":
            return TopicsDraft(claims=claims)
        case "query_expansion":
            long = (word for _, title in lines for word in _LONG_WORD.findall(title))
            return ExpansionDraft(expansions=tuple(dict.fromkeys(long))[:MAX_EXPANSIONS])
        case "keyphrase_mining" | "sentiment_emotion":
            return Draft(claims=claims)


def _cut(title: str) -> str:
    title = title.strip()
    if len(title) <= MAX_CLAIM_CHARS:
        return title
    head = title[: MAX_CLAIM_CHARS - 1]
    return head.rsplit(" ", 1)[0].rstrip() + "…"
