"""What the page and `curl` use: what was billed, and pulling a provider's plug."""

from collections.abc import Collection
from typing import Protocol

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from bot_service.local_models.asked import Json, Refusal
from bot_service.local_models.bill import call_view, sum_by_model
from bot_service.local_models.body import Body, parse_json
from bot_service.local_models.catalog import PROVIDERS, Provider
from bot_service.local_models.faults import FAULTS, ActiveFault, Fault, read_fault
from bot_service.local_models.service import Providers

NEWEST = 50
"""Calls that the page shows."""

MAX_LATENCY_S = 600


class Plugs(Protocol):
    """Whatever can give a provider a fault, its port included."""

    @property
    def possible(self) -> Collection[Fault]:
        """The faults that can be shown."""
        ...

    async def plug(self, provider: Provider, fault: ActiveFault | None) -> None:
        """Give a provider a fault, or heal it.

        Raises:
            ValueError: The fault needs a port of the provider's own, and there is none.
        """
        ...

    def url_of(self, provider: Provider) -> str:
        """Give the address that a client of the provider is given."""
        ...


def control_api(providers: Providers, plugs: Plugs) -> APIRouter:
    """Give the routes below `/_fake`."""
    router = APIRouter()
    control = _Control(providers, plugs)
    for path, handler, method in (
        ("/calls", control.calls, "GET"),
        ("/calls", control.forget, "DELETE"),
        ("/bill", control.bill, "GET"),
        ("/state", control.state, "GET"),
        ("/faults", control.set_fault, "POST"),
        ("/faults", control.heal, "DELETE"),
        ("/latency", control.set_latency, "POST"),
    ):
        router.add_api_route(path, handler, methods=[method], response_model=None)
    return router


class _Control:
    """What each of the routes does."""

    def __init__(self, providers: Providers, plugs: Plugs) -> None:
        self._providers = providers
        self._plugs = plugs

    async def calls(self) -> Response:
        return JSONResponse([call_view(call) for call in self._providers.bill.calls])

    async def bill(self) -> Response:
        return JSONResponse(sum_by_model(self._providers.bill.calls))

    async def forget(self) -> Response:
        self._providers.bill.clear()
        return JSONResponse({"ok": True})

    async def state(self) -> Response:
        return JSONResponse(_state(self._providers, self._plugs))

    async def set_fault(self, request: Request) -> Response:
        body = Body(parse_json(await request.body()))
        provider, options = _read_provider(body.text("provider")), body.inner("options").value
        try:
            fault = read_fault(body.text("fault"), **{"times": body.value.get("times"), **options})
            await self._plugs.plug(provider, fault)
        except ValueError as error:
            raise Refusal("bad_request", str(error)) from error
        return JSONResponse({"ok": True})

    async def heal(self, provider: str | None = None) -> Response:
        for name in PROVIDERS if provider is None else (_read_provider(provider),):
            await self._plugs.plug(name, None)
        return JSONResponse({"ok": True})

    async def set_latency(self, request: Request) -> Response:
        body = Body(parse_json(await request.body()))
        seconds = body.number("seconds", low=0, high=MAX_LATENCY_S)
        if seconds is None:
            raise Refusal("bad_request", "Missing required parameter: 'seconds'.")
        named = body.value.get("provider")
        for provider in PROVIDERS if named is None else (_read_provider(str(named)),):
            self._providers.latency_s[provider] = seconds
        return JSONResponse({"ok": True})


def _read_provider(name: str) -> Provider:
    for provider in PROVIDERS:
        if provider == name:
            return provider
    raise Refusal(
        "bad_request", f"no provider is called {name!r}; there are {', '.join(PROVIDERS)}"
    )


def _state(providers: Providers, plugs: Plugs) -> Json:
    calls = providers.bill.calls
    views: list[Json] = []
    for provider in PROVIDERS:
        fault = providers.faults.get(provider)
        own = [call for call in calls if call.provider == provider]
        views.append(
            {
                "name": provider,
                "url": plugs.url_of(provider),
                "fault": fault.name if fault else None,
                "times": fault.options.times if fault else None,
                "latency_s": providers.latency_s[provider],
                "requests": providers.bill.n_requests(provider),
                "calls": len(own),
                "input_tokens": sum(call.usage.input_tokens for call in own),
                "output_tokens": sum(call.usage.output_tokens for call in own),
            }
        )
    shown = {name: words for name, words in FAULTS.items() if name in plugs.possible}
    newest = [call_view(call) for call in reversed(calls[-NEWEST:])]
    return {"providers": views, "faults": shown, "newest": newest}
