"""What was asked, what was served, and what a provider would charge for."""

from collections import Counter, deque
from dataclasses import asdict, dataclass

from bot_service.local_models.asked import Json
from bot_service.local_models.catalog import Provider
from bot_service.local_models.faults import Fault
from schemas.llm import Usage

KEPT_REQUESTS = 1_000


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is billed: the model wrote, whether or not the client waited for it.

    `is_told` False: the reply did not carry its usage to the end (cut, or left out).
    """

    provider: Provider
    model: str
    asked_model: str
    endpoint: str
    usage: Usage
    request_id: str
    is_stream: bool
    is_told: bool
    fault: Fault | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that arrived; `status` 0: it got no answer. `text` is what it sent a model."""

    provider: Provider
    endpoint: str
    status: int
    fault: Fault | None
    text: str


class Bill:
    """Everything billed since the start, and the newest requests of any kind.

    `page` is turned when all is forgotten: what was asked for before is not billed after.
    """

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._seen: deque[Seen] = deque(maxlen=KEPT_REQUESTS)
        self._n_seen: Counter[Provider] = Counter()
        self.page = 0

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every billed call, oldest first."""
        return tuple(self._calls)

    @property
    def requests(self) -> tuple[Seen, ...]:
        """The last thousand requests, refused ones too, oldest first."""
        return tuple(self._seen)

    def n_requests(self, provider: Provider) -> int:
        """Count the requests that a provider got."""
        return self._n_seen[provider]

    def charge(self, call: Call, *, page: int) -> None:
        """Note a call that is billed, unless it began on an earlier page."""
        if page == self.page:
            self._calls.append(call)

    def note(self, seen: Seen) -> None:
        """Note a request."""
        self._seen.append(seen)
        self._n_seen[seen.provider] += 1

    def clear(self) -> None:
        """Forget everything."""
        self.page += 1
        self._calls.clear()
        self._seen.clear()
        self._n_seen.clear()


def call_view(call: Call) -> Json:
    """Give a call as JSON."""
    return {**asdict(call), "usage": call.usage.model_dump()}


def sum_by_model(calls: tuple[Call, ...]) -> list[Json]:
    """Give the number of calls and the tokens of each model, in the order they first answered."""
    sums: dict[tuple[Provider, str], Counter[str]] = {}
    for call in calls:
        total = sums.setdefault((call.provider, call.model), Counter())
        total.update(calls=1, **call.usage.model_dump())
    return [
        {"provider": provider, "model": model, **total}
        for (provider, model), total in sums.items()
    ]
