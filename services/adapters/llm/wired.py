"""A `ChatModel` over any protocol: one time-out, one place where errors are translated."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing
from typing import Protocol, TypeVar

from schemas.llm import ModelCall, ModelReply, Usage
from services.adapters.llm.failures import Answer, from_answer
from services.adapters.llm.networks import BROKEN, cut_off, from_network, page_in, too_slow
from services.adapters.llm.place import Place
from services.adapters.llm.replies import MAX_CHARS, Raw, to_reply, usable_text

T = TypeVar("T")


class NoReply(Exception):
    """The server answered, inside a good connection, with something that is no reply."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("no reply")
        self.answer = answer


class Wire(Protocol):
    """One provider's protocol by its client library, which tries once."""

    errors: tuple[type[Exception], ...]

    async def ask(self, call: ModelCall) -> Raw:
        """Ask for a whole reply."""
        ...

    def pieces(self, call: ModelCall) -> AsyncGenerator[str | Raw, None]:
        """Ask for a stream: pieces of text, last the whole; it just ends when it is cut."""
        ...

    def answer_of(self, error: Exception) -> Answer | None:
        """Give what the server answered, None for an error that is not of the server."""
        ...

    async def aclose(self) -> None:
        """Release connections."""
        ...


async def within(
    place: Place, wire: Wire, call: ModelCall, work: Awaitable[T], *, ends_at: float | None = None
) -> T:
    """Wait for one step of a call, until the loop's time `ends_at` or for the call's seconds.

    Raises:
        ModelFailed: What went wrong, translated.
    """
    try:
        if ends_at is None:
            ends_at = asyncio.get_running_loop().time() + call.timeout_s
        async with asyncio.timeout_at(ends_at):
            return await work
    except TimeoutError as error:
        raise too_slow(place, call) from error
    except NoReply as error:
        raise from_answer(place, error.answer, call) from error
    except (*wire.errors, *BROKEN) as error:
        answer = page_in(error) or wire.answer_of(error)
        if answer is not None:
            raise from_answer(place, answer, call) from error
        raise from_network(place, error, call) from error


class WiredModel:
    """One model at one provider."""

    def __init__(self, place: Place, wire: Wire) -> None:
        self.name = place.name
        self._place = place
        self._wire = wire

    async def draft(self, call: ModelCall) -> ModelReply:
        """Ask for a reply in the schema of the call's task.

        Raises:
            ModelFailed: With the kind of failure.
        """
        raw = await within(self._place, self._wire, call, self._wire.ask(call))
        return to_reply(self._place, raw, call)

    async def stream(self, call: ModelCall) -> AsyncIterator[str | ModelReply]:
        """Ask the same, giving pieces of the text as they arrive and last the reply.

        A reply that is far too long is not read to its end, so its usage stays unknown.

        Raises:
            ModelFailed: As above; what was given so far is void.
        """
        ends_at = asyncio.get_running_loop().time() + call.timeout_s
        text = ""
        async with aclosing(self._wire.pieces(call)) as pieces:
            while True:
                step = anext(pieces, None)
                piece = await within(self._place, self._wire, call, step, ends_at=ends_at)
                if piece is None:
                    raise cut_off(self._place)
                if isinstance(piece, Raw):
                    yield to_reply(self._place, piece, call)
                    return
                text += piece
                if len(text) > MAX_CHARS:
                    usable_text(self._place, Raw(text, "", Usage(), "complete"), call)
                yield piece

    async def aclose(self) -> None:
        """Release connections."""
        await self._wire.aclose()
