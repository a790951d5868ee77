"""The four providers as tests ask them: real client libraries against the local stand-ins."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Literal, get_args

from bot_service.local_models.server import FakeProviders
from core.ports.chat_model import ChatModel
from schemas.llm import Message, ModelCall, ModelReply, Task
from schemas.settings import Settings
from services.adapters.llm.build import build_models

Vendor = Literal["openai", "compatible", "anthropic", "gemini"]
VENDORS: tuple[Vendor, ...] = get_args(Vendor)
ROUTE_NAMES: dict[Vendor, str] = {
    "openai": "gpt-5",
    "compatible": "llama",
    "anthropic": "claude",
    "gemini": "gemini-2.5-pro",
}
KEY = "sk-test-Zk3vQ9aLm2Xw8RtYb5Nc"
EVIDENCE = (
    "[k7q] The bridge over the Lenna is open — the mayor cut the ribbon\n[m2x] Урожай — рекорд"
)


@dataclass(frozen=True)
class Asking:
    """One provider's model and how it is asked, whole or in a stream."""

    model: ChatModel
    how: Literal["whole", "stream"]

    async def __call__(self, call: ModelCall) -> ModelReply:
        if self.how == "whole":
            return await self.model.draft(call)
        *_, last = [piece async for piece in self.model.stream(call)]
        assert isinstance(last, ModelReply)
        return last


def call(
    task: Task = "compose", *, timeout_s: float = 5.0, max_tokens: int = 900, user: str = EVIDENCE
) -> ModelCall:
    return ModelCall(
        task=task,
        messages=(
            Message(role="system", content="You word the news."),
            Message(role="user", content=user),
        ),
        max_tokens=max_tokens,
        timeout_s=timeout_s,
    )


def settings_for(fake: FakeProviders, **more: object) -> Settings:
    llama = {"provider": "compatible", "model": "llama3.3", "base_url": fake.compatible_url}
    given: dict[str, object] = {
        "OPENAI_API_KEY": KEY,
        "ANTHROPIC_API_KEY": KEY,
        "GOOGLE_API_KEY": KEY,
        "OPENAI_BASE_URL": fake.openai_url,
        "ANTHROPIC_BASE_URL": fake.anthropic_url,
        "GOOGLE_GEMINI_BASE_URL": fake.gemini_url,
        "model": {"entries": {"llama": llama}},
    }
    return Settings(_env_file=None, **(given | more))  # type: ignore[call-arg, arg-type]


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[dict[str, ChatModel]]:
    models = build_models(settings)
    try:
        yield models
    finally:
        for model in models.values():
            await model.aclose()


async def pieces_of(model: ChatModel, asked: ModelCall) -> list[str | ModelReply]:
    async with aclosing(model.stream(asked)) as pieces:  # type: ignore[type-var]
        return [piece async for piece in pieces]


Heard = Callable[[dict[str, object]], str]
