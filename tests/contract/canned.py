"""A server that answers every request with the same bytes, whatever was asked."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Canned:
    """What is answered, and the heads of the requests that came."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    is_cut: bool = False
    url: str = ""
    heads: list[str] = field(default_factory=list)

    def say(self, body: object, *, status: int = 200, **headers: str) -> None:
        self.status = status
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.headers = {"content-type": "application/json"} | named

    def stream(self, events: list[object], *, is_named: bool = False) -> None:
        """Answer with server-sent events; `is_named`: each has its type as its event name."""
        lines = []
        for event in events:
            name = f"event: {event['type']}\n" if is_named and isinstance(event, dict) else ""
            data = event if isinstance(event, str) else json.dumps(event)
            lines.append(f"{name}data: {data}\n\n")
        self.say("".join(lines).encode(), content_type="text/event-stream")


@asynccontextmanager
async def canned_server() -> AsyncIterator[Canned]:
    canned = Canned()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        canned.heads.append(head)
        sizes = [line for line in head.lower().splitlines() if line.startswith("content-length")]
        if sizes:
            await reader.readexactly(int(sizes[0].partition(":")[2]))
        told = {"connection": "close", **canned.headers}
        told["content-length"] = str(len(canned.body) + (100 if canned.is_cut else 0))
        lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        writer.write(f"HTTP/1.1 {canned.status} X\r\n{lines}\r\n".encode() + canned.body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    canned.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield canned
    finally:
        server.close()
        await server.wait_closed()
