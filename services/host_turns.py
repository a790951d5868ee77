"""Whose turn it is: sources wait at their host, and no host takes the turns of the others."""

from collections import deque
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from schemas.sources import PolledSource

HANGS_AFTER = 3
"""Time-outs in a row after which a host that did answer before is given up for this time."""


def host_of(source: PolledSource) -> str:
    """Give the host that a source is fetched from; its whole address where it names none."""
    try:
        return urlsplit(source.url).hostname or source.url
    except ValueError:
        return source.url


@dataclass(slots=True)
class _Host:
    """What is known of a host while sources of it are held."""

    waiting: deque[PolledSource] = field(default_factory=deque)
    n_running: int = 0
    n_running_slow: int = 0
    n_late: int = 0
    has_answered: bool = False
    is_offered: bool = False


class HostTurns:
    """Gives sources out, host after host; every call costs the same however many wait.

    A host gets one turn until it has answered, then as many as are allowed. One that let a
    request time out stays slow until it answers again, and slow hosts share a few turns.
    """

    def __init__(self, *, per_host: int, max_slow: int) -> None:
        self._per_host = per_host
        self._max_slow = max_slow
        self._hosts: dict[str, _Host] = {}
        self._slow: set[str] = set()
        self._n_slow = 0
        self._offered: deque[str] = deque()
        self._offered_slow: deque[str] = deque()

    def add(self, source: PolledSource) -> None:
        """Let a source wait at its host."""
        name = host_of(source)
        self._hosts.setdefault(name, _Host()).waiting.append(source)
        self._offer(name)

    def n_waiting(self, host: str) -> int:
        """How many sources wait at a host."""
        held = self._hosts.get(host)
        return len(held.waiting) if held else 0

    def take(self) -> PolledSource | None:
        """Give the next source whose host has a turn; call `done` when it was polled."""
        # Slow hosts first: they take the longest, and their turns are few anyway.
        if self._offered_slow and self._n_slow < self._max_slow:
            name = self._offered_slow.popleft()
        elif self._offered:
            name = self._offered.popleft()
        else:
            return None
        host = self._hosts[name]
        host.is_offered = False
        source = host.waiting.popleft()
        host.n_running += 1
        if name in self._slow:
            host.n_running_slow += 1
            self._n_slow += 1
        self._offer(name)
        return source

    def done(self, source: PolledSource, *, is_late: bool, has_answered: bool) -> bool:
        """Take a turn back; says whether the host hangs, so that asking it more is no use.

        Args:
            source: What was polled.
            is_late: The time was over before the host answered.
            has_answered: It did answer, whatever it said. Neither: it was not asked, or could
                not be reached.
        """
        name = host_of(source)
        host = self._hosts[name]
        host.n_running -= 1
        if host.n_running_slow:
            host.n_running_slow -= 1
            self._n_slow -= 1
        if has_answered:
            host.has_answered, host.n_late = True, 0
            self._slow.discard(name)
        if is_late:
            host.n_late += 1
            self._slow.add(name)
        self._offer(name)
        if not host.waiting and not host.n_running:
            del self._hosts[name]
        return is_late and host.n_late >= (HANGS_AFTER if host.has_answered else 1)

    def give_up(self, host: str | None = None) -> list[PolledSource]:
        """Let nobody wait any more, at one host or at all; gives who did."""
        names = list(self._hosts) if host is None else [host]
        given_up: list[PolledSource] = []
        for name in names:
            held = self._hosts.get(name)
            if held is None:
                continue
            given_up += held.waiting
            held.waiting.clear()
            if held.is_offered:
                held.is_offered = False
                (self._offered_slow if name in self._offered_slow else self._offered).remove(name)
            if not held.n_running:
                del self._hosts[name]
        return given_up

    def _offer(self, name: str) -> None:
        host = self._hosts[name]
        is_slow = name in self._slow
        n_allowed = self._per_host if host.has_answered and not is_slow else 1
        if host.waiting and not host.is_offered and host.n_running < n_allowed:
            host.is_offered = True
            (self._offered_slow if is_slow else self._offered).append(name)
