"""Two hundred sentences with network addresses, or with what only looks like one."""

import random
from ipaddress import IPv4Address, IPv6Address

Sample = tuple[str, str | None]
"""A sentence, and the address in it or None."""

SEED = 4
FRAMES = (
    "The host {} answered late",
    "Requests from {} were blocked, the operator said",
    "Server {} went down at noon",
    "Сервер {} не отвечает",
    "Адрес {} попал в список, сообщает оператор",
    "Атака шла с {} и других",
    "Logs show {}:443 and nothing else",
    "({})",
)
LOOKALIKES = (
    "Version 10.{a}.{b}.1 is out",
    "firmware v{a}.{b}.12.4 fixes it",
    "Обновление 11.0.{a}.250 вышло",
    "The final ended {a}:{b}, 25:19",
    "The train leaves at {a}:{b}:07",
    "On 0{c}.0{c}.2026 it rained",
    "Section 1.{c}.3 of the law",
    "Shares fell {a}.{b}%, then {c}.{c}%",
    "Курс {a},{b}{c} за 2026 год",
    "It costs 1.{a}{b} million, not 2.{c}",
    "Chapter 4.{c}, page {a}{b}",
    "Release 12.{a}.{b}.7 follows build 9.{a}.{c}.1",
    "Ratio {a}:{b}:{c} won",
    "Order {a}.{b}.{c} of the council",
    "Рост с {a}.{b} до {c}.{a} за год",
)


def ip_samples() -> list[Sample]:
    """Give 100 sentences with an address and 100 without."""
    rng = random.Random(SEED)
    found: list[Sample] = []
    for number in range(100):
        if number % 5 < 3:
            parts = (rng.randint(32, 223), *(rng.randint(0, 255) for _ in range(3)))
            address = str(IPv4Address(".".join(map(str, parts))))
        else:
            address = _v6(rng)
        frame = FRAMES[number % (len(FRAMES) if "." in address else 6)]
        found.append((frame.format(address), address))
    for number in range(100):
        frame = LOOKALIKES[number % len(LOOKALIKES)]
        a, b, c = rng.randint(10, 23), rng.randint(10, 59), rng.randint(1, 9)
        found.append((frame.format(a=a, b=b, c=c), None))
    return found


def _v6(rng: random.Random) -> str:
    groups = [f"{rng.randint(1, 0xFFFF):x}" for _ in range(rng.choice((3, 4, 5, 7)))]
    if len(groups) == 7:
        return ":".join(("2001", *groups))
    return str(IPv6Address(f"2001:{':'.join(groups)}::1"))
