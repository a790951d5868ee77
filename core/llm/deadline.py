"""One deadline that all steps of a request share."""

import time
from collections.abc import Callable

from core.errors import DeadlineExceeded


class Deadline:
    """Counts down from `seconds`, starting when it is made."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends_at = clock() + seconds

    def left(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self._ends_at - self._clock())

    def require(self, node: str) -> float:
        """Seconds left for `node`.

        Raises:
            DeadlineExceeded: Nothing is left; `node` is named.
        """
        left = self.left()
        if left <= 0:
            raise DeadlineExceeded(f"no time was left for {node!r}", node=node)
        return left
