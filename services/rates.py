"""How often people may ask: one token bucket a person, one a chat."""

from core.ports.cache import Cache
from schemas.principal import Principal
from schemas.settings import RateSettings

WEB_PER_MINUTE, WEB_BURST = 600, 100
"""Above any scraper or prober, below a flood; health and metrics are not counted."""


class Rates:
    """Admits commands; the buckets live in the cache, so replicas share them."""

    def __init__(self, cache: Cache, settings: RateSettings) -> None:
        self._cache = cache
        self._settings = settings

    async def admit(self, principal: Principal) -> float:
        """Take a token for a command; 0 when admitted, else the seconds to wait."""
        settings = self._settings
        if principal.person is not None:
            wait_s = await self._cache.take_token(
                f"rate:person:{principal.person}",
                per_minute=settings.person_per_minute,
                burst=settings.person_burst,
            )
            if wait_s > 0:
                return wait_s
        if principal.chat is None:
            return 0.0
        return await self._cache.take_token(
            f"rate:chat:{principal.chat}",
            per_minute=settings.chat_per_minute,
            # A chat of many people may use its minute at once.
            burst=max(1, int(settings.chat_per_minute)),
        )

    async def admit_address(self, address: str) -> float:
        """Take a token for a request to the web port; 0 when admitted, else seconds to wait."""
        return await self._cache.take_token(
            f"rate:web:{address}", per_minute=WEB_PER_MINUTE, burst=WEB_BURST
        )
