"""Lines that are said once for a while, however often their reason comes up."""

import time
from collections import OrderedDict
from collections.abc import Hashable

MAX_KEPT = 10_000


class Told:
    """Remembers what was said to whom; a restart forgets, and a line is then said once more."""

    def __init__(self) -> None:
        self._until: OrderedDict[Hashable, float] = OrderedDict()

    def may_tell(self, key: Hashable, *, quiet_s: float) -> bool:
        """Say whether to tell `key` now; after a yes the answer is no for `quiet_s` seconds."""
        now = time.monotonic()
        if self._until.get(key, 0.0) > now:
            return False
        self._until[key] = now + quiet_s
        self._until.move_to_end(key)
        if len(self._until) > MAX_KEPT:
            self._until.popitem(last=False)
        return True
