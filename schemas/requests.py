"""What people ask for, after the words of a command have been understood."""

from datetime import timedelta
from typing import Literal

from pydantic import AwareDatetime, Field

from schemas.base import Frozen

WINDOWS: dict[str, timedelta] = {
    "6h": timedelta(hours=6),
    "12h": timedelta(hours=12),
    "24h": timedelta(hours=24),
    "1d": timedelta(days=1),
    "3d": timedelta(days=3),
    "1w": timedelta(weeks=1),
    "2w": timedelta(weeks=2),
    "1m": timedelta(days=30),
    "3m": timedelta(days=91),
    "6m": timedelta(days=182),
    "1y": timedelta(days=365),
}
"""Every window a person may ask for, shortest first; a month is 30 days."""

Window = Literal["6h", "12h", "24h", "1d", "3d", "1w", "2w", "1m", "3m", "6m", "1y"]
Depth = Literal["simple", "enhanced"]
AnalyzeMode = Literal["keywords", "sentiment", "topics"]
Command = Literal["trends", "keywords", "sentiment", "topics", "stories"]
"""`stories` answers plain text in a private chat: the stories about it."""


class NewsRequest(Frozen):
    """One question to the desk.

    `lang` filters articles (`auto` filters nothing); the language of the answer is `reply_lang`.
    `source` matches a source's title, domain or publisher. `depth` None lets the desk choose.
    `k_final` is how many articles an `/analyze` answer may cite, 1..10.
    """

    command: Command
    query: str | None = Field(default=None, max_length=1000)
    window: Window = "24h"
    lang: str = "auto"
    source: str | None = Field(default=None, max_length=200)
    depth: Depth | None = None
    k_final: int = Field(default=8, ge=1, le=10)
    reply_lang: str = "en"
    as_of: AwareDatetime | None = None
    """The moment the window ends at; None: now. Replays of the past set it."""
    is_fresh: bool = False
    """True for Refresh: the answer cache is not asked."""
