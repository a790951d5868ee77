"""What `newsdesk models` and the screen of language models show; no part of any key."""

from datetime import date
from typing import Literal

from pydantic import Field

from schemas.base import Frozen
from schemas.llm import Provider, Task
from schemas.requests import Command
from schemas.spending import SpendingBy

ModelAction = Literal["list", "check", "drill"]
KeyState = Literal["found", "missing", "not_needed"]


class ModelOrder(Frozen):
    """What an operator's command line wants to know of the models."""

    action: ModelAction


class UsageOrder(Frozen):
    """Which spending an operator's command line wants to see; both days count.

    `since` None: six days before `until`; `until` None: today.
    """

    by: SpendingBy = "model"
    since: date | None = None
    until: date | None = None


class KeyFound(Frozen):
    """Whether a model can be reached, and which variable or setting says so.

    `missing`: `setting` is what would have to be set; a server of one's own may lack its address.
    """

    state: KeyState
    setting: str


class Receiver(Frozen):
    """Who is sent what models read.

    `vendor` None: a server of one's own. `host` None: the vendor's usual one.
    """

    vendor: str | None
    host: str | None


class RoutePlace(Frozen):
    """Where a model stands in a route; 1 is the first choice."""

    task: Task
    position: int = Field(ge=1)


class PriceLine(Frozen):
    """Micro-dollars per million tokens, and who says so."""

    input: int
    cached: int
    output: int
    source: Literal["setting", "table"]


class ModelLine(Frozen):
    """One entry; quotas of 0 are none. `url` None: nothing is sent anywhere."""

    name: str
    provider: Provider
    model: str
    routes: tuple[RoutePlace, ...]
    key: KeyFound
    url: str | None
    price: PriceLine | None
    requests_per_minute: int
    tokens_per_minute: int
    requests_per_day: int
    status_page: str | None
    support: str | None


class CheckLine(Frozen):
    """How one model answered one cheap call; `problem` and `advice` are empty when all is well.

    `answered_by` is the id that answered, by the provider's own word.
    """

    name: str
    provider: Provider
    model: str
    is_ok: bool
    answered_by: str | None = None
    latency_ms: int | None = None
    micro_usd: int = 0
    is_estimate: bool = False
    problem: str = ""
    advice: str = ""


class ClockLine(Frozen):
    """How far this machine's clock is ahead of a provider's, by the date that it answered with."""

    url: str
    ahead_s: float


class DrillLine(Frozen):
    """Who answered while something was switched off.

    `task` or `command` is what was asked; `off` the model that was not called, None: all of them.
    `by` None: nobody answered within `deadline_s`; "local": plain code. `passed` names each model
    that was called and gave nothing, with the reason.
    """

    task: Task | None = None
    command: Command | None = None
    off: str | None = None
    by: str | None
    answered_by: str | None = None
    passed: tuple[str, ...] = ()
    took_ms: int
    deadline_s: float
    micro_usd: int = 0
    is_ok: bool
    problem: str = ""


class ModelsReport(Frozen):
    """What became of a `ModelOrder`; the parts that it did not ask for are empty.

    `prices_of`: the newest change of prices that the table knows.
    """

    are_models_on: bool
    is_by_setting: bool
    """Whether NEWSDESK_MODELS decides; otherwise an operator's button does."""

    models: tuple[ModelLine, ...] = ()
    prices_of: date | None = None
    checks: tuple[CheckLine, ...] = ()
    clocks: tuple[ClockLine, ...] = ()
    drills: tuple[DrillLine, ...] = ()
