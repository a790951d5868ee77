"""OpenAI's Chat Completions, as Ollama, vLLM, LM Studio and others speak it."""

import json
from collections.abc import AsyncGenerator
from urllib.parse import urlsplit

import httpx2
from openai import AsyncOpenAI, Omit, omit
from openai.types import ReasoningEffort
from openai.types.chat import ChatCompletionMessageParam
from openai.types.chat.completion_create_params import ResponseFormat

from schemas.llm import ModelCall, Usage
from services.adapters.llm import openai_errors
from services.adapters.llm.digging import count, dig, items, usage_of, words
from services.adapters.llm.failures import Answer
from services.adapters.llm.place import Place
from services.adapters.llm.replies import Ending, Raw
from services.adapters.llm.reply_schema import reply_schema, schema_name

NO_KEY = "none"
"""Sent where no key is configured; the library would take OPENAI_API_KEY to a stranger instead."""

JSON_OBJECT_HOSTS = frozenset({"api.deepseek.com"})
"""Hosts whose documented way to JSON is `json_object` with the schema in the prompt."""


class ChatWire:
    """One model behind a server that speaks Chat Completions."""

    errors = openai_errors.ERRORS

    def __init__(
        self,
        place: Place,
        http: httpx2.AsyncClient,
        *,
        api_key: str | None,
        effort: ReasoningEffort = None,
    ) -> None:
        self._model = place.model
        self._http = http
        self._client = AsyncOpenAI(
            api_key=api_key or NO_KEY,
            base_url=place.url,
            max_retries=0,
            http_client=http,
            # Of OpenAI's accounts, from the environment: no business of another server.
            default_headers={"OpenAI-Organization": Omit(), "OpenAI-Project": Omit()},  # type: ignore[dict-item] # how the library takes a header out
        )
        self._effort: ReasoningEffort | Omit = omit if effort is None else effort
        self._is_schema_told = urlsplit(place.url).hostname in JSON_OBJECT_HOSTS

    async def ask(self, call: ModelCall) -> Raw:
        """Ask for a whole reply."""
        reply = await self._client.chat.completions.create(
            model=self._model,
            messages=self._messages(call),
            response_format=self._format(call),
            reasoning_effort=self._effort,
            max_tokens=call.max_tokens,
            timeout=call.timeout_s,
        )
        openai_errors.stop_at_pages(reply)
        message = dig(reply, "choices", 0, "message")
        return Raw(
            text=words(message, "content"),
            model=words(reply, "model"),
            usage=_usage(reply),
            ending=_ending(words(reply, "choices", 0, "finish_reason"), words(message, "refusal")),
        )

    async def pieces(self, call: ModelCall) -> AsyncGenerator[str | Raw, None]:
        """Ask for a stream, with the usage at its end."""
        stream = await self._client.chat.completions.create(
            model=self._model,
            messages=self._messages(call),
            response_format=self._format(call),
            reasoning_effort=self._effort,
            max_tokens=call.max_tokens,
            timeout=call.timeout_s,
            stream=True,
            stream_options={"include_usage": True},
        )
        texts: list[str] = []
        model = refusal = finish = ""
        usage = Usage()
        async with stream:
            openai_errors.stop_at_pages(stream, stream.response.headers.get("content-type", ""))
            async for chunk in stream:
                model = words(chunk, "model") or model
                usage = _usage(chunk) if dig(chunk, "usage") is not None else usage
                for choice in items(chunk, "choices")[:1]:
                    finish = words(choice, "finish_reason") or finish
                    refusal += words(choice, "delta", "refusal")
                    if text := words(choice, "delta", "content"):
                        texts.append(text)
                        yield text
        if finish:
            yield Raw("".join(texts), model, usage, _ending(finish, refusal))

    def answer_of(self, error: Exception) -> Answer | None:
        """Give what the server answered."""
        return openai_errors.answer_of(error)

    async def aclose(self) -> None:
        """Release connections."""
        await self._http.aclose()

    def _messages(self, call: ModelCall) -> list[ChatCompletionMessageParam]:
        messages: list[ChatCompletionMessageParam] = []
        if self._is_schema_told:
            schema = json.dumps(reply_schema(call.task))
            messages.append(
                {
                    "role": "system",
                    "content": f"Answer with one JSON object of this form: {schema}",
                }
            )
        for message in call.messages:
            match message.role:
                case "system":
                    messages.append({"role": "system", "content": message.content})
                case "user":
                    messages.append({"role": "user", "content": message.content})
                case "assistant":
                    messages.append({"role": "assistant", "content": message.content})
        return messages

    def _format(self, call: ModelCall) -> ResponseFormat:
        if self._is_schema_told:
            return {"type": "json_object"}
        return {
            "type": "json_schema",
            "json_schema": {
                "name": schema_name(call.task),
                "schema": reply_schema(call.task),
                "strict": True,
            },
        }


def _usage(reply: object) -> Usage:
    return usage_of(
        input_=count(reply, "usage", "prompt_tokens"),
        cached=count(reply, "usage", "prompt_tokens_details", "cached_tokens"),
        output=count(reply, "usage", "completion_tokens"),
        reasoning=count(reply, "usage", "completion_tokens_details", "reasoning_tokens"),
    )


def _ending(finish: str, refusal: str) -> Ending:
    if refusal or finish == "content_filter":
        return "refused"
    return "length" if finish == "length" else "complete"
