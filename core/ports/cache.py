"""Short-lived state that replicas share."""

from collections.abc import Awaitable, Callable
from typing import Protocol


class Cache(Protocol):
    """Values with expiry and the few atomic steps that need one place."""

    async def get(self, key: str) -> bytes | None:
        """The value, or None when missing or expired."""
        ...

    async def set(self, key: str, value: bytes, *, ttl_s: float) -> None:
        """Store a value for `ttl_s` seconds."""
        ...

    async def delete(self, key: str) -> None:
        """Forget a value."""
        ...

    async def incr(self, key: str, *, ttl_s: float, by: int = 1) -> int:
        """Add `by` atomically and give the sum; the expiry starts with the first."""
        ...

    async def set_if_absent(self, key: str, value: bytes, *, ttl_s: float) -> bool:
        """Store only when missing; says whether it did."""
        ...

    async def take_token(self, key: str, *, per_minute: float, burst: int) -> float:
        """Take one token from a bucket; 0 when taken, else seconds to wait.

        The bucket holds at most `burst` tokens and refills at `per_minute`.
        """
        ...

    async def single_flight(
        self, key: str, *, ttl_s: float, make: Callable[[], Awaitable[bytes]]
    ) -> tuple[bytes, bool]:
        """The cached value, or one `make()` shared by everybody who asks meanwhile.

        The second part of the result is True when the value was cached.
        """
        ...
