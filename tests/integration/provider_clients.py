"""The providers' own client libraries, unmodified, asking one and the same question."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import anthropic
import openai
from google import genai
from google.genai import types

from bot_service.local_models.server import FakeProviders
from services.adapters.llm.reply_schema import reply_schema

Name = Literal["openai", "compatible", "anthropic", "gemini"]

MODELS: dict[Name, str] = {
    "openai": "gpt-5-mini",
    "compatible": "llama3.3",
    "anthropic": "claude-haiku-4-5",
    "gemini": "gemini-2.5-flash",
}
SYSTEM = "You word what a news desk has computed. Write in English. Give at most 3 `claims`."
USER = """<9f>
Computed:
1. “Barrier closes before the flood” is told in 12 articles of 4 publishers [k7q2] [b3d4]
2. The tone is negative (−0.31 over 40 articles) [b3d4]
Evidence:
[k7q2] Barrier closes before the flood — The gates shut at noon. (Daily Harbor, 2026-03-02)
[b3d4] Gates hold the flood — Nobody was hurt. (Coast Post, 2026-03-02)
</9f>"""
MAX_TOKENS = 2_000
TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Got:
    """What a client library made of a reply; tokens as the provider counts them."""

    text: str
    model: str
    read: int | None
    written: int | None
    ending: str


class Client(Protocol):
    """One provider's library."""

    async def whole(self) -> Got: ...
    async def streamed(self) -> Got: ...
    async def close(self) -> None: ...


@dataclass
class OpenAI:
    """Responses."""

    client: openai.AsyncOpenAI
    model: str
    user: str

    def _question(self) -> Any:
        schema = reply_schema("compose")
        wanted = {"type": "json_schema", "name": "Draft", "strict": True, "schema": schema}
        return {
            "model": self.model,
            "instructions": SYSTEM,
            "input": self.user,
            "max_output_tokens": MAX_TOKENS,
            "reasoning": {"effort": "low"},
            "text": {"format": wanted},
        }

    async def whole(self) -> Got:
        return self._got(await self.client.responses.create(**self._question()))

    async def streamed(self) -> Got:
        text, last = "", None
        stream = await self.client.responses.create(**self._question(), stream=True)
        async for last in stream:
            text += last.delta if last.type == "response.output_text.delta" else ""
        assert last is not None
        got = self._got(last.response)
        assert text == got.text
        return got

    def _got(self, reply: Any) -> Got:
        usage = reply.usage
        return Got(
            reply.output_text,
            reply.model,
            usage and usage.input_tokens,
            usage and usage.output_tokens,
            reply.incomplete_details.reason if reply.incomplete_details else reply.status,
        )

    async def close(self) -> None:
        await self.client.close()


@dataclass
class Chat:
    """Chat Completions."""

    client: openai.AsyncOpenAI
    model: str
    user: str

    def _question(self) -> Any:
        schema = reply_schema("compose")
        wanted = {"name": "Draft", "strict": True, "schema": schema}
        return {
            "model": self.model,
            "messages": [
                {"role": "system", "content": SYSTEM},
                {"role": "user", "content": self.user},
            ],
            "max_completion_tokens": MAX_TOKENS,
            "response_format": {"type": "json_schema", "json_schema": wanted},
        }

    async def whole(self) -> Got:
        reply = await self.client.chat.completions.create(**self._question())
        return self._got(reply.choices[0].message.content or "", reply, reply.choices[0])

    async def streamed(self) -> Got:
        text, choice, last = "", None, None
        stream = await self.client.chat.completions.create(
            **self._question(), stream=True, stream_options={"include_usage": True}
        )
        async for last in stream:
            if last.choices:
                choice = last.choices[0]
                text += choice.delta.content or ""
        return self._got(text, last, choice)

    def _got(self, text: str, reply: Any, choice: Any) -> Got:
        usage = reply.usage
        return Got(
            text,
            reply.model,
            usage and usage.prompt_tokens,
            usage and usage.completion_tokens,
            choice.finish_reason,
        )

    async def close(self) -> None:
        await self.client.close()


@dataclass
class Anthropic:
    """Messages."""

    client: anthropic.AsyncAnthropic
    model: str
    user: str

    def _question(self) -> Any:
        wanted = {"type": "json_schema", "schema": reply_schema("compose")}
        return {
            "model": self.model,
            "system": SYSTEM,
            "messages": [{"role": "user", "content": self.user}],
            "max_tokens": MAX_TOKENS,
            "output_config": {"format": wanted},
        }

    async def whole(self) -> Got:
        return self._got(await self.client.messages.create(**self._question()))

    async def streamed(self) -> Got:
        async with self.client.messages.stream(**self._question()) as stream:
            text = "".join([piece async for piece in stream.text_stream])
            got = self._got(await stream.get_final_message())
        assert text == got.text
        return got

    def _got(self, reply: Any) -> Got:
        text = "".join(block.text for block in reply.content if block.type == "text")
        usage = getattr(reply, "usage", None)
        read = usage and (
            usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens
        )
        return Got(text, reply.model, read, usage and usage.output_tokens, reply.stop_reason)

    async def close(self) -> None:
        await self.client.close()


@dataclass
class Gemini:
    """generateContent."""

    client: genai.Client
    model: str
    user: str

    def _question(self) -> Any:
        config = types.GenerateContentConfig(
            system_instruction=SYSTEM,
            response_mime_type="application/json",
            response_json_schema=reply_schema("compose"),
            max_output_tokens=MAX_TOKENS,
            thinking_config=types.ThinkingConfig(thinking_budget=512),
        )
        return {"model": self.model, "contents": self.user, "config": config}

    async def whole(self) -> Got:
        reply = await self.client.aio.models.generate_content(**self._question())
        return self._got(reply.text or "", reply)

    async def streamed(self) -> Got:
        text, last = "", None
        chunks: AsyncIterator[Any] = await self.client.aio.models.generate_content_stream(
            **self._question()
        )
        async for last in chunks:
            text += last.text or ""
        return self._got(text, last)

    def _got(self, text: str, reply: Any) -> Got:
        usage = reply.usage_metadata
        written = usage and (usage.candidates_token_count + (usage.thoughts_token_count or 0))
        blocked = reply.prompt_feedback and reply.prompt_feedback.block_reason
        ending = blocked or reply.candidates[0].finish_reason
        read = usage and usage.prompt_token_count
        return Got(text, reply.model_version, read, written, ending.value)

    async def close(self) -> None:
        await self.client.aio.aclose()
        self.client.close()


def client_for(
    name: Name,
    fake: FakeProviders,
    *,
    key: str = "local-fake",
    model: str | None = None,
    user: str = USER,
    timeout_s: float = TIMEOUT_S,
) -> Client:
    """Give the library of a provider, pointed at the stand-ins, retries off."""
    asked = model or MODELS[name]
    common: Any = {"api_key": key, "max_retries": 0, "timeout": timeout_s}
    makers: dict[Name, Callable[[], Client]] = {
        "openai": lambda: OpenAI(
            openai.AsyncOpenAI(base_url=fake.openai_url, **common), asked, user
        ),
        "compatible": lambda: Chat(
            openai.AsyncOpenAI(base_url=fake.compatible_url, **common), asked, user
        ),
        "anthropic": lambda: Anthropic(
            anthropic.AsyncAnthropic(base_url=fake.anthropic_url, **common), asked, user
        ),
        "gemini": lambda: Gemini(_gemini(fake, key, timeout_s), asked, user),
    }
    return makers[name]()


def _gemini(fake: FakeProviders, key: str, timeout_s: float) -> genai.Client:
    options = types.HttpOptions(
        base_url=fake.gemini_url, api_version="v1beta", timeout=int(timeout_s * 1000)
    )
    return genai.Client(api_key=key, http_options=options)
