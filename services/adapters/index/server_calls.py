"""Calls to a Qdrant server: each is bounded in time and made once, each failure has its name."""

import asyncio
import json
import re
from collections.abc import Awaitable
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr, ValidationError
from qdrant_client import AsyncQdrantClient
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from core.errors import IndexFailed, IndexFull, IndexUnreachable, SettingError

T = TypeVar("T")
PORT = 6333
"""Where Qdrant listens unless an address says otherwise, over TLS too."""
ASK_S = 3
"""Seconds a question may take: somebody waits, and without it the store answers alone."""
CHANGE_S = 30
"""Seconds a change may take; nobody waits for one."""
OLDEST = (1, 16)
"""The first version of Qdrant that keeps metadata of a collection."""

_KEPT_ALIVE_S = 2.0
"""Seconds an idle connection is kept: the server closes its end after 5, and a request that meets
the closing fails."""
_KEY = re.compile(r"[!-~]+")
_NO_SPACE = re.compile(r"no space left|out of disk|size limit of", re.IGNORECASE)
_LATER = frozenset({408, 429, 502, 503, 504})
_MAX_SAID = 200


class KeyRefused(IndexUnreachable):
    """The server wants another key; no waiting helps."""


class AlreadyThere(IndexFailed):
    """What was to be made exists: somebody else was faster."""


class Server:
    """A Qdrant server; `address` names it to people, without secrets."""

    def __init__(self, url: str, api_key: SecretStr | None) -> None:
        """Connect nothing yet.

        Raises:
            SettingError: If the address or the key cannot be one.
        """
        self.address = _address(url)
        key = None if api_key is None else api_key.get_secret_value()
        if key is not None and not _KEY.fullmatch(key):
            raise SettingError("NEWSDESK_QDRANT_API_KEY holds letters that no key has")
        self.client = AsyncQdrantClient(
            url=self.address,
            port=None,
            prefer_grpc=False,
            check_compatibility=False,
            timeout=CHANGE_S,
            # Not as `api_key`: the client would print a warning over plain HTTP.
            headers={"api-key": key} if key is not None else None,
            limits=httpx.Limits(
                max_connections=20, max_keepalive_connections=10, keepalive_expiry=_KEPT_ALIVE_S
            ),
        )

    async def ask(self, what: str, call: Awaitable[T], *, within_s: float = CHANGE_S) -> T:
        """Give what a call of the client gives.

        Args:
            what: What the call does, as in "could not ...".
            call: The call, not begun.
            within_s: Seconds it may take.

        Raises:
            IndexUnreachable: The server does not answer now, or wants another key.
            IndexFull: It has no space left.
            IndexFailed: It refuses the call, or is no Qdrant server.
        """
        try:
            async with asyncio.timeout(within_s):
                return await call
        except TimeoutError as error:
            raise self._silent(what, f"no answer within {within_s:g} s") from error
        except ResourceExhaustedResponse as error:
            raise self._silent(what, f"too many requests ({error.retry_after_s} s)") from error
        except ResponseHandlingException as error:
            raise self._broken(what, error.source) from error
        except UnexpectedResponse as error:
            raise self._refused(what, error) from error
        except (ValueError, AssertionError) as error:  # asserts are how the client checks answers
            raise self._foreign(what) from error

    async def version(self) -> str:
        """The version of the server.

        Raises:
            IndexFailed: It is too old, or as `ask`.
        """
        info = await self.ask("read its version", self.client.info(), within_s=ASK_S)
        numbers = tuple(int(part) for part in re.findall(r"\d+", info.version)[:2])
        if numbers < OLDEST:
            raise IndexFailed(
                f"{self.address} runs Qdrant {info.version}, at least {OLDEST[0]}.{OLDEST[1]} is"
                " needed: update the server"
            )
        return info.version

    async def collections(self, prefix: str) -> list[str]:
        """Names of the collections that begin with `prefix` and an underscore, sorted."""
        answer = await self.ask("list collections", self.client.get_collections(), within_s=ASK_S)
        names = (collection.name for collection in answer.collections)
        return sorted(name for name in names if name.startswith(f"{prefix}_"))

    def _silent(self, what: str, why: str) -> IndexUnreachable:
        return IndexUnreachable(
            f"the search index could not {what}: {self.address} does not answer ({why}); it is"
            " asked again later, and `newsdesk doctor` looks at it now"
        )

    def _broken(self, what: str, source: Exception) -> IndexFailed:
        if isinstance(source, ValidationError | ValueError):
            return self._foreign(what)
        if isinstance(source, httpx.TimeoutException):
            return self._silent(what, "too slow")
        return self._silent(what, str(source)[:_MAX_SAID] or type(source).__name__)

    def _refused(self, what: str, error: UnexpectedResponse) -> IndexFailed:
        status, said = error.status_code or 0, _said(error.content)
        told = f"the search index could not {what}: {self.address} answered HTTP {status}"
        if status in (401, 403):
            return KeyRefused(f"{told}; set NEWSDESK_QDRANT_API_KEY to a key that may write")
        if said is None and status < 500:
            return self._foreign(what)
        if status == 507 or _NO_SPACE.search(said or ""):
            return IndexFull(f"{told}, {said!r}: make room; what is stored is indexed then")
        if status in _LATER:
            return self._silent(what, f"HTTP {status}")
        if status == 404:
            return IndexUnreachable(f"{told}, {said!r}: run `newsdesk reindex` to build it again")
        if status == 409:
            return AlreadyThere(f"{told}, {said!r}")
        return IndexFailed(f"{told}, {said!r}")

    def _foreign(self, what: str) -> IndexFailed:
        return IndexFailed(
            f"the search index could not {what}: {self.address} answers, but not as a Qdrant"
            " server does: check NEWSDESK_QDRANT_URL"
        )


def _address(url: str) -> str:
    """The root of a server's REST interface, with its port."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SettingError(f"NEWSDESK_QDRANT_URL is no address: {error}") from error
    if parts.username is not None or parts.password is not None:
        raise SettingError(
            "NEWSDESK_QDRANT_URL holds a user or a password, which Qdrant does not know:"
            " set NEWSDESK_QDRANT_API_KEY instead"
        )
    if not host:
        raise SettingError(f"NEWSDESK_QDRANT_URL {url!r} names no host")
    named = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{named}:{port or PORT}{parts.path.rstrip('/')}"


def _said(content: bytes) -> str | None:
    """What the server says went wrong; None when that is no answer of Qdrant."""
    try:
        error = json.loads(content)["status"]["error"]
    except (ValueError, TypeError, KeyError):
        return None
    return error[:_MAX_SAID] if isinstance(error, str) else None
