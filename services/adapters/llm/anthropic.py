"""Anthropic's Messages API."""

import json
from collections.abc import AsyncGenerator

import anthropic
import httpx2
from anthropic import Omit, omit
from anthropic.types import MessageParam, OutputConfigParam, ThinkingConfigParam

from schemas.llm import ModelCall, Usage
from services.adapters.llm.digging import count, dig, items, usage_of, words
from services.adapters.llm.failures import Answer
from services.adapters.llm.place import Place
from services.adapters.llm.replies import Ending, Raw
from services.adapters.llm.reply_schema import reply_schema
from services.adapters.llm.thinking import Effort, claude_effort, claude_thinking
from services.adapters.llm.wired import NoReply

_COUNTS: dict[str, tuple[str, ...]] = {
    "input": ("input_tokens",),
    "read": ("cache_read_input_tokens",),
    "written": ("cache_creation_input_tokens",),
    "output": ("output_tokens",),
    "reasoning": ("output_tokens_details", "thinking_tokens"),
}


class MessagesWire:
    """One Claude model."""

    errors: tuple[type[Exception], ...] = (anthropic.AnthropicError,)

    def __init__(
        self,
        place: Place,
        http: httpx2.AsyncClient,
        *,
        api_key: str,
        effort: Effort | None = None,
    ) -> None:
        self._model = place.model
        self._http = http
        self._effort = effort
        self._client = anthropic.AsyncAnthropic(
            api_key=api_key, base_url=place.url, max_retries=0, http_client=http
        )

    async def ask(self, call: ModelCall) -> Raw:
        """Ask for a whole reply."""
        reply = await self._client.messages.create(
            model=self._model,
            system=_system(call),
            messages=_messages(call),
            output_config=self._output(call),
            thinking=self._thinking(call),
            max_tokens=call.max_tokens,
            timeout=call.timeout_s,
        )
        _stop_at_pages(reply)
        blocks = items(reply, "content")
        return Raw(
            text="".join(words(one, "text") for one in blocks if words(one, "type") == "text"),
            model=words(reply, "model"),
            usage=_Counts().take(dig(reply, "usage")).usage(),
            ending=_ending(words(reply, "stop_reason")),
        )

    async def pieces(self, call: ModelCall) -> AsyncGenerator[str | Raw, None]:
        """Ask for a stream."""
        stream = await self._client.messages.create(
            model=self._model,
            system=_system(call),
            messages=_messages(call),
            output_config=self._output(call),
            thinking=self._thinking(call),
            max_tokens=call.max_tokens,
            timeout=call.timeout_s,
            stream=True,
        )
        texts: list[str] = []
        counts = _Counts()
        model = stop = ""
        is_told = False
        async with stream:
            _stop_at_pages(stream, stream.response.headers.get("content-type", ""))
            async for event in stream:
                match words(event, "type"):
                    case "message_start":
                        model = words(event, "message", "model")
                        counts.take(dig(event, "message", "usage"))
                    case "content_block_delta" if words(event, "delta", "type") == "text_delta":
                        texts.append(words(event, "delta", "text"))
                        yield texts[-1]
                    case "message_delta":
                        stop = words(event, "delta", "stop_reason") or stop
                        counts.take(dig(event, "usage"))
                        is_told = is_told or dig(event, "usage", "output_tokens") is not None
                    case "message_stop":
                        # At the start the output is a guess: without an end nothing is known.
                        usage = counts.usage() if is_told else Usage()
                        yield Raw("".join(texts), model, usage, _ending(stop))
                        return
                    case _:
                        pass

    def answer_of(self, error: Exception) -> Answer | None:
        """Give what the server answered; None when it is the connection that failed."""
        if isinstance(error, anthropic.APIStatusError | anthropic.APIResponseValidationError):
            response = error.response
            if response.status_code == 200:  # an event inside a stream
                return Answer(200, json.dumps(error.body, default=str))
            return Answer(response.status_code, response.text, dict(response.headers))
        return None

    async def aclose(self) -> None:
        """Release connections."""
        await self._http.aclose()

    def _output(self, call: ModelCall) -> OutputConfigParam:
        output: OutputConfigParam = {
            "format": {"type": "json_schema", "schema": reply_schema(call.task)}
        }
        if (effort := claude_effort(self._model, self._effort)) is not None:
            output["effort"] = effort
        return output

    def _thinking(self, call: ModelCall) -> ThinkingConfigParam | Omit:
        match claude_thinking(self._model, self._effort, max_tokens=call.max_tokens):
            case None:
                return omit
            case int() as budget_tokens:
                return {"type": "enabled", "budget_tokens": budget_tokens}
            case "disabled":
                return {"type": "disabled"}
            case "between_tools":
                return {"type": "between_tools"}


class _Counts:
    """What was told of the usage; a stream tells it twice, and the later word holds."""

    def __init__(self) -> None:
        self._told: dict[str, int] = {}

    def take(self, usage: object) -> "_Counts":
        told = {name: path for name, path in _COUNTS.items() if dig(usage, *path) is not None}
        self._told |= {name: count(usage, *path) for name, path in told.items()}
        return self

    def usage(self) -> Usage:
        """Give the usage; what was read from or written to a cache is told beside the input."""
        told = {name: self._told.get(name, 0) for name in _COUNTS}
        return usage_of(
            input_=told["input"] + told["read"] + told["written"],
            cached=told["read"],
            output=told["output"],
            reasoning=told["reasoning"],
        )


def _system(call: ModelCall) -> str | Omit:
    said = [message.content for message in call.messages if message.role == "system"]
    return "\n\n".join(said) if said else omit


def _messages(call: ModelCall) -> list[MessageParam]:
    messages: list[MessageParam] = []
    for message in call.messages:
        if message.role == "user":
            messages.append({"role": "user", "content": message.content})
        elif message.role == "assistant":
            messages.append({"role": "assistant", "content": message.content})
    return messages


def _ending(stop_reason: str) -> Ending:
    match stop_reason:
        case "refusal":
            return "refused"
        case "max_tokens":
            return "length"
        case "model_context_window_exceeded":
            return "context"
        case _:
            return "complete"


def _stop_at_pages(reply: object, content_type: str = "") -> None:
    if isinstance(reply, str) or content_type.startswith("text/html"):
        body = reply if isinstance(reply, str) else ""
        raise NoReply(Answer(200, body, is_page=True))
