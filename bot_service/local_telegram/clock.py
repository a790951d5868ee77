"""Time that tests may run faster."""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """The world's time: wall time, or a chosen start that runs on at a chosen speed."""

    def __init__(self, *, starts_at: datetime | None = None, speed: float = 1.0) -> None:
        self._speed = _checked(speed)
        self._origin = starts_at or datetime.now(UTC)
        self._passed_s = 0.0
        self._real_s = time.monotonic()

    @property
    def speed(self) -> float:
        """World seconds per real second."""
        return self._speed

    @speed.setter
    def speed(self, value: float) -> None:
        checked = _checked(value)
        self._passed_s = self.elapsed_s()
        self._real_s = time.monotonic()
        self._speed = checked

    def elapsed_s(self) -> float:
        """World seconds since the clock was made; never goes back."""
        return self._passed_s + (time.monotonic() - self._real_s) * self._speed

    def now(self) -> datetime:
        """The world's time, aware, UTC."""
        return self._origin + timedelta(seconds=self.elapsed_s())

    def unix(self) -> int:
        """The world's time in whole Unix seconds."""
        return int(self.now().timestamp())


def _checked(speed: float) -> float:
    if not 0 < speed <= 1_000_000:
        raise ValueError(f"the clock's speed must lie in (0, 1000000], not {speed!r}")
    return speed
