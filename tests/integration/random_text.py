"""Random text in six scripts, with emoji, combining marks and characters that do mischief."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TypeVar

NOW = datetime(2025, 3, 4, 18, tzinfo=UTC)
LETTERS = (
    "The quick brown fox — jumps, over: 42 lazy dogs! ",
    "Съешь же ещё этих мягких французских булок № 7… ",
    "مرحبا بالعالم العربي، أخبار اليوم ١٢٣ ",
    "שלום עולם: חדשות היום ",
    "新闻今天发生了什么。日本のニュース、한국어 뉴스 ",
    "नमस्ते दुनिया समाचार ภาษาไทย ",
)
MISCHIEF = (
    "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇷🇺🇬🇧", "👍🏽", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "\U0001f1e6", "\u200d", "\ufe0f",
    "e\u0301", "Z\u0351\u036b\u0343\u0327\u0353", "\u0300" * 40, "\u0489",
    "\u202e", "\u2066", "\u2069", "\u200f", "\u061c", "\u202a",
    "\x00", "\x07", "\x1b[31m", "\r\n", "\u2028", "\t", "\u00a0", "\u200b", "\u3164", "\u2800",
    "\ufeff", "\ufffe", "\U0010ffff", "*_[`<b>&]~|\\", "/trends", "@somebody", "#tag", "$USD",
    "https://a.example/x?y=(z)", "name@mail.example", "\n\n", " ", "…", "[1]", "-" * 60,
)  # fmt: skip
URLS = (
    "https://daily-harbor.example/{n}", "http://пример.рф/новость/{n}", "https://a.example/(x)_{n}",
    "https://[::1]/{n}", "http://[broken/{n}", "https://user:pw@host.example:99999/{n}",
    "https://x{n}", "https://-.-/{n}", "HTTPS://UPPER.example/{n}?q=%FF#\u202efrag",
    "https://a.example/\u0301{n}", "https://a.example/\ud800{n}", "https://a.example/{n}\x00",
    "https://.example/{n}", "http://1.2.3.4:80/{n}",
    "https://a_b.example/" + "long/" * 500 + "{n}",
)  # fmt: skip
T = TypeVar("T")


@cache
def mixture() -> str:
    """A long text of all scripts with mischief between them, to be cut anywhere."""
    rng, written = random.Random(7), []
    for _ in range(12_000):
        letters = rng.choice(LETTERS)
        written.append(letters[rng.randrange(len(letters)) :] * rng.choice((1, 1, 3)))
        if rng.random() < 0.5:
            written.append(rng.choice(MISCHIEF) * rng.choice((1, 1, 1, 12)))
    return "".join(written)


class Chance:
    """Everything random of one answer, from one seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def pick(self, *among: T) -> T:
        return self.rng.choice(among)

    def upto(self, n: int, *, least: int = 0) -> int:
        """A number up to `n`, the ends as likely as all between them."""
        return self.rng.choice((least, n, self.rng.randint(least, n)))

    def unit(self) -> float:
        return self.rng.choice((0.0, 1.0, self.rng.random()))

    def many(self, n: int, make: Callable[[], T], *, least: int = 0) -> tuple[T, ...]:
        return tuple(make() for _ in range(self.upto(n, least=least)))

    def text(self, n: int, *, least: int = 1) -> str:
        """At most `n` characters of one or more scripts with mischief between them."""
        pool, size = mixture(), self.upto(n, least=least)
        start = self.rng.randrange(len(pool) - size)
        return pool[start : start + size]

    def loose(self, n: int, *, least: int = 0) -> str:
        """The same for fields that take any string: lone surrogates too."""
        written = self.text(n, least=least)
        if self.rng.random() < 0.3 and written:
            at = self.rng.randrange(len(written))
            written = written[:at] + self.pick("\ud800", "\udfff", "\udc00\ud800") + written[at:]
        return written

    def url(self) -> str | None:
        n = self.rng.randint(1, 10**6)
        made = self.rng.choice(URLS).format(n=n)
        return self.pick(None, made, f"https://daily-harbor.example/{n}")

    def day(self) -> str:
        return (date(2025, 3, 4) - timedelta(days=self.upto(800))).isoformat()

    def moment(self) -> datetime:
        return NOW - timedelta(minutes=self.upto(60 * 24 * 400))
