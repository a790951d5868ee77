"""Ways through a proxy: HTTP CONNECT (RFC 9110 §9.3.6) and SOCKS 5 (RFC 1928, RFC 1929)."""

import base64
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal, Protocol
from urllib.parse import unquote, urlsplit

from core.errors import SettingError, SourceFailed
from services.adapters.sources.guarding import is_ip

ProxyScheme = Literal["http", "https", "socks5", "socks5h"]

SETTING = "NEWSDESK_FETCH__PROXY"
MAX_HEAD_BYTES = 16 * 1024

_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
_REFUSALS = {
    2: "its rules do not allow it",
    3: "the network cannot be reached",
    4: "the host cannot be reached",
    5: "nobody listens there",
    6: "it took too long",
}


class Stream(Protocol):
    """What a tunnel is dug through."""

    async def read_exactly(self, n_bytes: int) -> bytes:
        """Give exactly so many bytes."""
        ...

    async def write(self, data: bytes) -> None:
        """Send some bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where the proxy is and how to speak with it; `user` None: it asks for no account."""

    scheme: ProxyScheme
    host: str
    port: int
    user: str | None
    password: str

    @property
    def resolves(self) -> bool:
        """Whether the proxy resolves the names, and not this computer."""
        return self.scheme != "socks5"

    @property
    def authorization(self) -> str | None:
        """The value of `Proxy-Authorization`, None without an account."""
        if self.user is None:
            return None
        return basic(self.user, self.password)

    def forwards(self, scheme: str) -> bool:
        """Whether requests go to the proxy with their whole address instead of through it."""
        return self.scheme in ("http", "https") and scheme == "http"


def parse_proxy(text: str | None) -> Proxy | None:
    """Read the setting.

    Raises:
        SettingError: If it names no host or port that could be one.
    """
    if text is None:
        return None
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    match parts.scheme if host else "":
        case "http" | "https" | "socks5" | "socks5h" as scheme:
            pass
        case _:
            raise SettingError(
                f"{SETTING} is no address of a proxy; write it like http://proxy.example:3128 "
                "or socks5h://user:password@proxy.example:1080"
            )
    return Proxy(
        scheme=scheme,
        host=host or "",
        port=port or _PORTS[scheme],
        user=None if parts.username is None else unquote(parts.username),
        password=unquote(parts.password or ""),
    )


def basic(user: str, password: str) -> str:
    """The value of a header that proves an account by HTTP Basic (RFC 7617, UTF-8)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


async def tunnel(stream: Stream, proxy: Proxy, *, host: str, port: int, scheme: str) -> None:
    """Have the proxy connect a stream to a host, unless it forwards whole requests anyway.

    Raises:
        SourceFailed: With reason `denied` if it wants another account, `connect` if it refuses.
        OSError: If the connection broke.
    """
    if proxy.scheme in ("socks5", "socks5h"):
        await _socks(stream, proxy, host=host, port=port)
    elif not proxy.forwards(scheme):
        await _connect(stream, proxy, host=host, port=port)


async def _connect(stream: Stream, proxy: Proxy, *, host: str, port: int) -> None:
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    await stream.write("\r\n".join([*lines, "", ""]).encode("ascii"))
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        # Byte by byte: what follows the head belongs to the host behind the proxy.
        head += await stream.read_exactly(1)
        if len(head) > MAX_HEAD_BYTES:
            raise _refused("its answer does not end")
    status = head.split(b" ", 2)[1:2]
    code = int(status[0]) if status and status[0].isdigit() else 0
    if code == 407:
        raise denied()
    if not 200 <= code < 300:
        raise _refused(f"it answered {code}" if code else "it speaks no HTTP")


async def _socks(stream: Stream, proxy: Proxy, *, host: str, port: int) -> None:
    method = 0 if proxy.user is None else 2
    await stream.write(bytes((5, 1, method)))
    version, chosen = await stream.read_exactly(2)
    if version != 5:
        raise _refused("it speaks no SOCKS 5")
    if chosen != method:
        raise denied()
    if proxy.user is not None:
        await stream.write(b"\x01" + _short(proxy.user.encode()) + _short(proxy.password.encode()))
        _, failure = await stream.read_exactly(2)
        if failure:
            raise denied()
    await stream.write(b"\x05\x01\x00" + _place(host) + port.to_bytes(2, "big"))
    _, reply, _, kind = await stream.read_exactly(4)
    if reply:
        raise _refused(_REFUSALS.get(reply, f"it answered {reply}"))
    length = {1: 4, 4: 16}.get(kind) or (await stream.read_exactly(1))[0]
    await stream.read_exactly(length + 2)


def _place(host: str) -> bytes:
    if not is_ip(host):
        return b"\x03" + _short(host.encode("ascii"))
    address = ip_address(host)
    return (b"\x01" if address.version == 4 else b"\x04") + address.packed


def _short(data: bytes) -> bytes:
    if len(data) > 255:
        raise _refused("a name or password has more than 255 bytes")
    return bytes((len(data),)) + data


def denied() -> SourceFailed:
    """Say that the proxy refuses whoever asks."""
    return SourceFailed(
        f"the proxy wants another account; check {SETTING}", reason="denied", status=407
    )


def _refused(why: str) -> SourceFailed:
    return SourceFailed(f"the proxy does not connect: {why}", reason="connect")
