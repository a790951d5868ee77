"""The HTTP client under the bot: flood waits as a typed error, and proof that updates arrive."""

import json
import math
import time

from telegram._utils.types import ODVInput
from telegram.error import TelegramError
from telegram.request import BaseRequest, HTTPXRequest, RequestData
from typing_extensions import override

TOO_MANY_REQUESTS = 429
POLL_S = 20
"""Seconds that one long poll waits for updates."""


class FloodWait(TelegramError):
    """Telegram asks to wait `retry_after_s` seconds before the next request for this chat.

    python-telegram-bot's own `RetryAfter` warns of a deprecation whenever it is made, and its
    unit depends on the environment; this one is raised in its place.
    """

    def __init__(self, retry_after_s: float):
        super().__init__(f"flood control: retry in {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


def flood_wait_s(payload: bytes) -> float | None:
    """Read the seconds to wait from the body of a 429, None when it does not say."""
    try:
        parameters = json.loads(payload).get("parameters") or {}
        seconds = float(parameters["retry_after"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None


class SendingRequest(HTTPXRequest):
    """Raises `FloodWait` for Telegram's 429."""

    @classmethod
    def pooled(cls, *, trusts_env: bool) -> "SendingRequest":
        """Make the client for everything but polling; `trusts_env` lets it use proxies."""
        return cls(
            connection_pool_size=64,
            read_timeout=10,
            write_timeout=10,
            connect_timeout=5,
            pool_timeout=10,
            httpx_kwargs={"trust_env": trusts_env},
        )

    @override
    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Send one request; see `BaseRequest.do_request`."""
        code, payload = await super().do_request(
            url,
            method,
            request_data,
            read_timeout,
            write_timeout,
            connect_timeout,
            pool_timeout,
        )
        if code == TOO_MANY_REQUESTS:
            raise FloodWait(flood_wait_s(payload) or 1.0)
        return code, payload


class PollingRequest(SendingRequest):
    """Remembers when a poll last succeeded."""

    def __init__(self, *, trusts_env: bool) -> None:
        super().__init__(
            connection_pool_size=2,
            read_timeout=5,  # on top of the seconds that Telegram holds a poll open
            connect_timeout=5,
            httpx_kwargs={"trust_env": trusts_env},
        )
        self._succeeded_at: float | None = None

    @override
    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Send one request; see `BaseRequest.do_request`."""
        code, payload = await super().do_request(
            url,
            method,
            request_data,
            read_timeout,
            write_timeout,
            connect_timeout,
            pool_timeout,
        )
        if code < 300:
            self._succeeded_at = time.monotonic()
        return code, payload

    def age_s(self) -> float | None:
        """Seconds since the last successful poll, None before the first."""
        return None if self._succeeded_at is None else time.monotonic() - self._succeeded_at
