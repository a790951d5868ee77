"""Google's Gemini API by google-genai."""

import json
from collections.abc import AsyncGenerator, Iterator

import httpx2
from google import genai
from google.genai import errors, types

from schemas.llm import Message, ModelCall, Usage
from services.adapters.llm.digging import count, dig, items, usage_of, words
from services.adapters.llm.failures import Answer, is_web_page
from services.adapters.llm.place import Place
from services.adapters.llm.replies import Ending, Raw, usable_text
from services.adapters.llm.reply_schema import reply_schema
from services.adapters.llm.thinking import Effort, gemini_thinking
from services.adapters.llm.wired import within

DEFAULT_VERSION = "v1beta"
"""The library's own default, v1, knows neither JSON schemas nor thinking."""

_REFUSALS = frozenset(
    {
        "SAFETY",
        "RECITATION",
        "LANGUAGE",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "ESCALATION",
        "PUP_LIMITED_DISABLED",
        "MODEL_ARMOR",
    }
)
_LENGTHS = frozenset({"MAX_TOKENS", "CONTINUATION"})


class GeminiClient:
    """One Gemini model: text by `generate_text`, drafts as the wire of a `ChatModel`."""

    errors: tuple[type[Exception], ...] = (
        errors.APIError,
        errors.UnknownApiResponseError,
        # The library takes replies apart without looking: these say that one had another form.
        AttributeError,
        KeyError,
        TypeError,
    )

    def __init__(
        self,
        place: Place,
        http: httpx2.AsyncClient,
        *,
        api_key: str,
        api_version: str | None = None,
        effort: Effort | None = None,
    ) -> None:
        self._place = place
        self._http = http
        self._effort = effort
        self._client = genai.Client(
            vertexai=False,
            api_key=api_key,
            http_options=types.HttpOptions(
                base_url=place.url,
                api_version=api_version or DEFAULT_VERSION,
                httpx_async_client=http,
                retry_options=types.HttpRetryOptions(attempts=1),
            ),
        )

    async def generate_text(
        self,
        prompt: str,
        *,
        max_tokens: int = 2_000,
        temperature: float = 0.7,
        timeout_s: float = 10,
    ) -> str:
        """Ask for free text.

        Args:
            prompt: All that the model reads.
            max_tokens: The longest reply, reasoning included.
            temperature: From 0 (the likeliest words) to 2.
            timeout_s: For the whole attempt.

        Raises:
            ModelFailed: With the kind of failure; half a reply is one too.
        """
        call = ModelCall(
            task="compose",
            messages=(Message(role="user", content=prompt),),
            max_tokens=max_tokens,
            timeout_s=timeout_s,
        )
        config = self._config(call)
        config.response_mime_type = config.response_json_schema = None
        config.temperature = temperature
        raw = await within(self._place, self, call, self._generate(call, config))
        return usable_text(self._place, raw, call)

    async def ask(self, call: ModelCall) -> Raw:
        """Ask for a whole reply."""
        return await self._generate(call, self._config(call))

    async def pieces(self, call: ModelCall) -> AsyncGenerator[str | Raw, None]:
        """Ask for a stream; each part tells the usage so far."""
        texts: list[str] = []
        model = finish = ""
        usage = Usage()
        stream = await self._client.aio.models.generate_content_stream(
            model=self._place.model, contents=_contents(call), config=self._config(call)
        )
        async for part in stream:
            model = words(part, "model_version") or model
            usage = _usage(part) if dig(part, "usage_metadata") is not None else usage
            finish = _finish(part) or finish
            if text := "".join(_texts(part)):
                texts.append(text)
                yield text
        if finish:
            yield Raw("".join(texts), model, usage, _ending(finish))

    def answer_of(self, error: Exception) -> Answer | None:
        """Give what the server answered; None when it is the connection that failed."""
        if isinstance(error, errors.APIError):
            response = error.response
            headers = dict(response.headers) if isinstance(response, httpx2.Response) else {}
            status = error.code if isinstance(error.code, int) else 200
            return Answer(status, _body(error), headers)
        return None

    async def aclose(self) -> None:
        """Release connections."""
        self._client.close()
        await self._http.aclose()

    async def _generate(self, call: ModelCall, config: types.GenerateContentConfig) -> Raw:
        reply = await self._client.aio.models.generate_content(
            model=self._place.model, contents=_contents(call), config=config
        )
        return Raw(
            text="".join(_texts(reply)),
            model=words(reply, "model_version"),
            usage=_usage(reply),
            ending=_ending(_finish(reply)),
        )

    def _config(self, call: ModelCall) -> types.GenerateContentConfig:
        said = [message.content for message in call.messages if message.role == "system"]
        match gemini_thinking(self._place.model, self._effort, max_tokens=call.max_tokens):
            case None:
                thinking = None
            case int() as budget:
                thinking = types.ThinkingConfig(thinking_budget=budget)
            case level:
                thinking = types.ThinkingConfig(thinking_level=types.ThinkingLevel(level.upper()))
        return types.GenerateContentConfig(
            system_instruction="\n\n".join(said) or None,
            max_output_tokens=call.max_tokens,
            response_mime_type="application/json",
            response_json_schema=reply_schema(call.task),
            thinking_config=thinking,
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
            http_options=types.HttpOptions(timeout=max(1, round(call.timeout_s * 1_000))),
        )


def _contents(call: ModelCall) -> list[types.ContentUnionDict]:
    return [
        types.Content(
            role="model" if message.role == "assistant" else "user",
            parts=[types.Part(text=message.content)],
        )
        for message in call.messages
        if message.role != "system"
    ]


def _texts(reply: object) -> Iterator[str]:
    for part in items(reply, "candidates", 0, "content", "parts"):
        if not dig(part, "thought"):
            yield words(part, "text")


def _usage(reply: object) -> Usage:
    """Give the usage; thoughts are told beside the candidates and belong to the output."""
    told = dig(reply, "usage_metadata")
    thoughts = count(told, "thoughts_token_count")
    return usage_of(
        input_=count(told, "prompt_token_count") + count(told, "tool_use_prompt_token_count"),
        cached=count(told, "cached_content_token_count"),
        output=count(told, "candidates_token_count") + thoughts,
        reasoning=thoughts,
    )


def _finish(reply: object) -> str:
    """Give the word for why it ended, empty while it goes on; a blocked prompt is an end too."""
    if words(reply, "prompt_feedback", "block_reason"):
        return "SAFETY"
    return words(reply, "candidates", 0, "finish_reason")


def _ending(finish: str) -> Ending:
    if finish in _REFUSALS:
        return "refused"
    return "length" if finish in _LENGTHS else "complete"


def _body(error: errors.APIError) -> str:
    """Give the body of an error, which the library has parsed; a text has become its `message`."""
    said = words(error.details, "message")
    return said if is_web_page(said) else json.dumps(error.details, default=str)
