"""OpenAI's Responses API."""

import json
from collections.abc import AsyncGenerator

import httpx2
from openai import AsyncOpenAI, Omit, omit
from openai.types import ReasoningEffort
from openai.types.responses import ResponseInputParam, ResponseTextConfigParam
from openai.types.shared_params import Reasoning

from schemas.llm import ModelCall
from services.adapters.llm import openai_errors
from services.adapters.llm.digging import count, dig, items, usage_of, words
from services.adapters.llm.failures import Answer
from services.adapters.llm.place import Place
from services.adapters.llm.replies import Ending, Raw
from services.adapters.llm.reply_schema import reply_schema, schema_name
from services.adapters.llm.wired import NoReply


class ResponsesWire:
    """One model behind the Responses API; nothing is stored there."""

    errors = openai_errors.ERRORS

    def __init__(
        self,
        place: Place,
        http: httpx2.AsyncClient,
        *,
        api_key: str,
        effort: ReasoningEffort = None,
    ) -> None:
        self._model = place.model
        self._http = http
        self._client = AsyncOpenAI(
            api_key=api_key, base_url=place.url, max_retries=0, http_client=http
        )
        self._reasoning: Reasoning | Omit = omit if effort is None else {"effort": effort}

    async def ask(self, call: ModelCall) -> Raw:
        """Ask for a whole reply."""
        reply = await self._client.responses.create(
            model=self._model,
            instructions=_instructions(call),
            input=_input(call),
            text=_format(call),
            reasoning=self._reasoning,
            max_output_tokens=call.max_tokens,
            store=False,
            timeout=call.timeout_s,
        )
        openai_errors.stop_at_pages(reply)
        return _read(reply)

    async def pieces(self, call: ModelCall) -> AsyncGenerator[str | Raw, None]:
        """Ask for a stream."""
        stream = await self._client.responses.create(
            model=self._model,
            instructions=_instructions(call),
            input=_input(call),
            text=_format(call),
            reasoning=self._reasoning,
            max_output_tokens=call.max_tokens,
            store=False,
            timeout=call.timeout_s,
            stream=True,
        )
        async with stream:
            openai_errors.stop_at_pages(stream, stream.response.headers.get("content-type", ""))
            async for event in stream:
                match words(event, "type"):
                    case "response.output_text.delta":
                        yield words(event, "delta")
                    case "response.completed" | "response.incomplete" | "response.failed":
                        yield _read(dig(event, "response"))
                        return
                    case "error":
                        told = {"code": dig(event, "code"), "message": dig(event, "message")}
                        raise NoReply(Answer(200, json.dumps({"error": told}, default=str)))
                    case _:
                        pass

    def answer_of(self, error: Exception) -> Answer | None:
        """Give what the server answered."""
        return openai_errors.answer_of(error)

    async def aclose(self) -> None:
        """Release connections."""
        await self._http.aclose()


def _instructions(call: ModelCall) -> str | Omit:
    said = [message.content for message in call.messages if message.role == "system"]
    return "\n\n".join(said) if said else omit


def _input(call: ModelCall) -> ResponseInputParam:
    return [
        {"role": message.role, "content": message.content}
        for message in call.messages
        if message.role != "system"
    ]


def _format(call: ModelCall) -> ResponseTextConfigParam:
    return {
        "format": {
            "type": "json_schema",
            "name": schema_name(call.task),
            "schema": reply_schema(call.task),
            "strict": True,
        }
    }


def _read(reply: object) -> Raw:
    """Read a finished response.

    Raises:
        NoReply: It says that it failed.
    """
    if words(reply, "status") == "failed":
        told = {"code": dig(reply, "error", "code"), "message": dig(reply, "error", "message")}
        raise NoReply(Answer(200, json.dumps({"error": told}, default=str)))
    contents = [
        content
        for output in items(reply, "output")
        if words(output, "type") == "message"
        for content in items(output, "content")
    ]
    text = "".join(words(one, "text") for one in contents if words(one, "type") == "output_text")
    return Raw(
        text=text,
        model=words(reply, "model"),
        usage=usage_of(
            input_=count(reply, "usage", "input_tokens"),
            cached=count(reply, "usage", "input_tokens_details", "cached_tokens"),
            output=count(reply, "usage", "output_tokens"),
            reasoning=count(reply, "usage", "output_tokens_details", "reasoning_tokens"),
        ),
        ending=_ending(reply, contents),
    )


def _ending(reply: object, contents: list[object]) -> Ending:
    if any(words(one, "type") == "refusal" for one in contents):
        return "refused"
    match words(reply, "incomplete_details", "reason"):
        case "content_filter":
            return "refused"
        case "max_output_tokens" | "max_tokens":
            return "length"
        case _:
            return "complete"
