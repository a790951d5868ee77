"""What can be made to go wrong at a provider, while it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal, cast, get_args

from bot_service.local_models.catalog import PROVIDERS, Provider

Fault = Literal[
    "rate_limited",
    "exhausted",
    "server_error",
    "overloaded",
    "auth",
    "not_found",
    "context_too_long",
    "html",
    "hang",
    "slow_first_byte",
    "dropped",
    "refused",
    "cut_stream",
    "malformed_json",
    "wrong_schema",
    "markdown",
    "huge",
    "empty",
    "truncated",
    "wrong_language",
    "content_filter",
    "refusal",
    "unknown_fields",
    "no_usage",
]
FAULTS: Mapping[Fault, str] = {
    "rate_limited": "429, come back after `retry_after_s` seconds",
    "exhausted": "the day's quota or the money is used up",
    "server_error": "500",
    "overloaded": "503, at Anthropic 529",
    "auth": "the key is refused",
    "not_found": "the model id is unknown",
    "context_too_long": "the prompt is too long for the model",
    "html": "a web page instead of JSON, with `status` (200)",
    "hang": "the request is taken and never answered",
    "slow_first_byte": "`delay_s` seconds pass before the first byte",
    "dropped": "the connection is closed without an answer",
    "refused": "the provider's port is closed (needs a port of its own)",
    "cut_stream": "the connection is closed in the middle of the reply",
    "malformed_json": "the model writes broken JSON",
    "wrong_schema": "the model writes other JSON; `form`: fields, types or nulls",
    "markdown": "the model puts its JSON into a Markdown fence",
    "huge": "the model writes 100 KB",
    "empty": "the model writes nothing",
    "truncated": "the model runs out of tokens in mid-sentence",
    "wrong_language": "the model writes in the other language",
    "content_filter": "the provider's filter stops the reply",
    "refusal": "the model will not do it",
    "unknown_fields": "fields that no library knows, everywhere",
    "no_usage": "the reply does not say what it used",
}
"""Each fault and what it does, for people."""

_OF_WORDS: frozenset[Fault] = frozenset(
    {
        "cut_stream",
        "malformed_json",
        "wrong_schema",
        "markdown",
        "huge",
        "empty",
        "truncated",
        "wrong_language",
        "content_filter",
        "refusal",
        "no_usage",
    }
)
"""Faults of what a model writes; lists and embeddings neither show nor count them."""


@dataclass(frozen=True, slots=True)
class FaultOptions:
    """How a fault shows. `times`: the next n calls, None until it is taken back."""

    retry_after_s: float = 1.0
    delay_s: float = 5.0
    status: int = 200
    form: Literal["fields", "types", "nulls"] = "fields"
    times: int | None = None


@dataclass(frozen=True, slots=True)
class ActiveFault:
    """A fault that a provider has now."""

    name: Fault
    options: FaultOptions


class Faults:
    """The fault of each provider, if it has one."""

    def __init__(self) -> None:
        self._active: dict[Provider, ActiveFault] = {}

    def set(self, provider: Provider, fault: ActiveFault | None) -> None:
        """Give a provider a fault in place of what it had; None heals it."""
        if fault is None:
            self._active.pop(provider, None)
        else:
            self._active[provider] = fault

    def get(self, provider: Provider) -> ActiveFault | None:
        """Give a provider's fault without using it up."""
        return self._active.get(provider)

    def take(self, provider: Provider, *, is_wording: bool) -> ActiveFault | None:
        """Give the fault that this call shows, and count it.

        Args:
            provider: Who is called.
            is_wording: Whether a model is asked to write.
        """
        active = self._active.get(provider)
        if active is None or (active.name in _OF_WORDS and not is_wording):
            return None
        times = active.options.times
        if times is not None:
            left = replace(active.options, times=times - 1)
            self.set(provider, replace(active, options=left) if times > 1 else None)
        return active


def read_fault(name: str, **options: object) -> ActiveFault:
    """Give a fault by its name and options.

    Raises:
        ValueError: There is no such fault or option, or an option has a value that it cannot have.
    """
    if name not in FAULTS:
        raise ValueError(f"no fault is called {name!r}; there are {', '.join(FAULTS)}")
    known = {field.name for field in fields(FaultOptions)}
    if strange := sorted(set(options) - known):
        raise ValueError(
            f"a fault has no option {strange[0]!r}; it has {', '.join(sorted(known))}"
        )
    read = {key: _read_option(key, value) for key, value in options.items() if value is not None}
    return ActiveFault(cast(Fault, name), FaultOptions(**read))  # type: ignore[arg-type]


def parse_fault(words: str) -> tuple[Provider, ActiveFault]:
    """Read `PROVIDER=FAULT` or `PROVIDER=FAULT:option=value,option=value`.

    Raises:
        ValueError: It is of another form, or names what is not known.
    """
    provider, is_given, rest = words.partition("=")
    name, _, tail = rest.partition(":")
    if not is_given or not name:
        raise ValueError(f"{words!r} is not of the form PROVIDER=FAULT, e.g. openai=rate_limited")
    if provider not in PROVIDERS:
        raise ValueError(f"no provider is called {provider!r}; there are {', '.join(PROVIDERS)}")
    pairs = [pair.partition("=") for pair in tail.split(",") if pair]
    return provider, read_fault(name, **{key: value for key, _, value in pairs})


def _read_option(name: str, value: object) -> object:
    try:
        match name:
            case "form":
                if value not in get_args(FaultOptions.__annotations__["form"]):
                    raise ValueError
                return value
            case "times" | "status":
                number = int(str(value))
                if not (number >= 1 if name == "times" else 200 <= number <= 599):
                    raise ValueError
                return number
            case _:
                seconds = float(str(value))
                if not 0 <= seconds <= 86_400:
                    raise ValueError
                return seconds
    except ValueError:
        allowed = {
            "form": "fields, types or nulls",
            "times": "a whole number from 1",
            "status": "an HTTP status from 200 to 599",
        }.get(name, "seconds from 0 to 86400")
        raise ValueError(f"{name} takes {allowed}, not {value!r}") from None
