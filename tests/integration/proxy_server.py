"""A proxy on the loopback for tests: HTTP (forwarding and CONNECT) and SOCKS 5 on one port.

Whatever name it is asked for, it connects to 127.0.0.1: names of tests exist nowhere.
"""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit


@dataclass
class ProxyServer:
    """What a test sees: where it is, and what it was asked to reach, as `host:port`."""

    account: str | None
    port: int = 0
    reached: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, whichever protocol its first byte speaks."""
        try:
            first = await reader.readexactly(1)
            await (self._socks if first == b"\x05" else self._http)(first, reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # one side hung up, which ends it
        finally:
            writer.close()

    async def _http(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        if self.account is not None:
            proof = base64.b64encode(self.account.encode()).decode()
            if f"Proxy-Authorization: Basic {proof}" not in head:
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
                return
        method, target, _ = head.split(" ", 2)
        if method == "CONNECT":
            self.reached.append(target)
            port = int(target.rpartition(":")[2])
            if port == 1:
                writer.write(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
                return
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await _join(reader, writer, port)
            return
        parts = urlsplit(target)
        self.reached.append(parts.netloc)
        _, _, rest = head.partition("\r\n")
        await _join(reader, writer, parts.port or 80, f"GET {parts.path} HTTP/1.1\r\n{rest}")

    async def _socks(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        methods = await reader.readexactly((await reader.readexactly(1))[0])
        wanted = 0 if self.account is None else 2
        if wanted not in methods:
            writer.write(b"\x05\xff")
            return
        writer.write(bytes((5, wanted)))
        if self.account is not None:
            await reader.readexactly(1)
            given = b":".join([await _short(reader), await _short(reader)]).decode()
            writer.write(b"\x01\x00" if given == self.account else b"\x01\x01")
        kind = (await reader.readexactly(4))[3]
        match kind:
            case 3:
                host = (await _short(reader)).decode()
            case 4:
                host = str(ip_address(await reader.readexactly(16)))
            case _:
                host = str(ip_address(await reader.readexactly(4)))
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.reached.append(f"{host}:{port}")
        if port == 1:
            writer.write(b"\x05\x05\x00\x01" + bytes(6))
            return
        writer.write(b"\x05\x00\x00\x01" + bytes(6))
        await _join(reader, writer, port)


@asynccontextmanager
async def proxying(*, account: str | None = None) -> AsyncIterator[ProxyServer]:
    """Run a proxy; with `account` (`user:password`) it asks for that."""
    state = ProxyServer(account)
    server = await asyncio.start_server(state.serve, "127.0.0.1", 0)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        server.close()


async def _join(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, opening: str = ""
) -> None:
    """Pass bytes both ways until one side is through."""
    there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
    there_writer.write(opening.encode("latin-1"))
    ways = [
        asyncio.create_task(_pass(reader, there_writer)),
        asyncio.create_task(_pass(there_reader, writer)),
    ]
    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    for way in ways:
        way.cancel()
    await asyncio.gather(*ways, return_exceptions=True)
    there_writer.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


async def _short(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly((await reader.readexactly(1))[0])
