"""What `newsdesk doctor` found."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "warning", "problem"]
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, what was seen, and what to do about it (empty: nothing)."""

    level: Level
    subject: str
    seen: str
    advice: str = ""
