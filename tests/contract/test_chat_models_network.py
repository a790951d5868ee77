"""The way to a provider: connections, TLS, proxies, and what travels along."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import pytest

from core.errors import ModelFailed
from schemas.settings import Settings
from services.adapters.llm.gemini import GeminiClient
from services.adapters.llm.place import Place
from services.model_http import open_client
from tests.contract.canned import Canned, canned_server
from tests.contract.providers import KEY, VENDORS, Vendor, call, opened

REPLY = {
    "choices": [{"message": {"content": '{"claims": []}'}, "finish_reason": "stop"}],
    "model": "m",
}


@pytest.fixture
async def canned() -> AsyncIterator[Canned]:
    async with canned_server() as server:
        yield server


def at(address: str, **more: object) -> Settings:
    entry = {"provider": "compatible", "model": "m", "base_url": address}
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        OPENAI_API_KEY=KEY,  # type: ignore[call-arg]
        model={"entries": {"mine": entry}, **more},  # type: ignore[arg-type]
    )


async def test_a_compatible_server_is_told_nothing_of_an_account_at_openai(
    canned: Canned, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "of-openai")
    canned.say(REPLY)

    async with opened(at(f"{canned.url}/v1")) as built:
        await built["mine"].draft(call())

    head = canned.heads[0]
    assert KEY not in head
    assert "of-openai" not in head


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port whose queue is full: connections are neither taken nor refused."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        yield server.getsockname()[1]


async def test_a_server_that_takes_no_connection_in_time_was_sent_nothing(deaf_port: int) -> None:
    entry = {
        "provider": "compatible",
        "model": "m",
        "base_url": f"http://127.0.0.1:{deaf_port}/v1",
    }
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        model={"entries": {"mine": entry}},  # type: ignore[arg-type]
    )

    async with opened(settings) as built:
        with pytest.raises(ModelFailed, match="did not accept a connection in time") as caught:
            await built["mine"].draft(call(timeout_s=0.3))

    assert (caught.value.kind, caught.value.is_sent) == ("timeout", False)


async def test_a_server_without_tls_was_sent_nothing() -> None:
    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    plain = await asyncio.start_server(refuse, "127.0.0.1", 0)
    address = f"https://127.0.0.1:{plain.sockets[0].getsockname()[1]}/v1"

    async with plain, opened(at(address)) as built:
        with pytest.raises(ModelFailed, match=r"cannot reach https.*SSL") as caught:
            await built["mine"].draft(call())

    assert (caught.value.kind, caught.value.is_sent) == ("overloaded", False)


async def test_a_proxy_is_gone_through(canned: Canned) -> None:
    canned.say(REPLY)

    async with opened(at("http://models.test/v1", proxy=canned.url)) as built:
        await built["mine"].draft(call())

    assert canned.heads[0].startswith("POST http://models.test/v1/chat/completions ")


async def test_gemini_gives_free_text(canned: Canned) -> None:
    canned.say({"candidates": [{"content": {"parts": [{"text": "Hello."}]}}]})
    client = GeminiClient(
        Place("gemini", "gemini-3.8-flash", canned.url, "URL", "KEY", "hint"),
        open_client(in_flight=1, proxy=None),
        api_key=KEY,
    )

    text = await client.generate_text("Greet me.", max_tokens=50, temperature=0.2, timeout_s=2)
    canned.say({"promptFeedback": {"blockReason": "SAFETY"}})
    with pytest.raises(ModelFailed, match="refused") as caught:
        await client.generate_text("Insult me.")
    await client.aclose()

    assert text == "Hello."
    assert caught.value.kind == "content_policy"


@pytest.mark.parametrize("key", ["abc\ndef", "\x00zero"])
@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_key_that_cannot_travel_is_a_wrong_key_and_nothing_was_sent(
    canned: Canned, vendor: Vendor, key: str
) -> None:
    entry = {"provider": vendor, "model": "m", "base_url": canned.url, "api_key": key}
    settings = Settings(_env_file=None, model={"entries": {"mine": entry}})  # type: ignore[call-arg, arg-type]

    async with opened(settings) as built:
        with pytest.raises(ModelFailed, match=r"characters that no key has: check api_key") as no:
            await built["mine"].draft(call())

    assert (no.value.kind, no.value.is_sent, canned.heads) == ("auth", False, [])
