"""The stand-ins as a server: inside a running loop, or on a thread of their own."""

import asyncio
import threading
from collections.abc import Collection, Coroutine
from concurrent.futures import Future
from types import TracebackType
from typing import Self, TypeVar

from bot_service.local_models.app import create_app
from bot_service.local_models.asked import Json
from bot_service.local_models.bill import Call, Seen, sum_by_model
from bot_service.local_models.catalog import PROVIDERS, Provider
from bot_service.local_models.faults import FAULTS, ActiveFault, Fault, read_fault
from bot_service.local_models.guard import Stoppable
from bot_service.local_models.service import Providers, Script
from bot_service.local_models.serving import Port

_PATHS: dict[Provider, str] = {
    "openai": "/openai/v1",
    "compatible": "/compatible/v1",
    "anthropic": "/anthropic",
    "gemini": "/gemini",
}
_STOP_S = 5.0
T = TypeVar("T")


class LocalModels:
    """All stand-ins in the running event loop: start, point client libraries at it, stop.

    With `has_own_ports` each provider has a port of its own beside the shared one, so that it can
    refuse connections.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        latency_s: float = 0.0,
        has_own_ports: bool = False,
    ) -> None:
        self.providers = Providers(latency_s=latency_s)
        self._app = Stoppable(create_app(self.providers, self))
        self._shared = Port(self._app, host, port)
        self._own: dict[Provider, Port] = {}
        if has_own_ports:
            self._own = {
                provider: Port(self._app, host, port + i if port else 0)
                for i, provider in enumerate(PROVIDERS, start=1)
            }

    @property
    def url(self) -> str:
        """The address of the page and of every plain path."""
        return self._shared.url

    @property
    def possible(self) -> Collection[Fault]:
        """The faults that can be shown: `refused` needs ports of the providers' own."""
        return [fault for fault in FAULTS if fault != "refused" or self._own]

    def url_of(self, provider: Provider) -> str:
        """Give the base URL for a provider's client library."""
        port = self._own.get(provider, self._shared)
        return port.url + _PATHS[provider]

    async def start(self) -> None:
        """Serve until `stop`.

        Raises:
            ValueError: The host is not loopback.
            PortTaken: A wanted port is taken.
        """
        self._app.is_stopping = False
        try:
            for port in (self._shared, *self._own.values()):
                await port.open()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Close every port; requests under way end without an answer."""
        self._app.is_stopping = True
        for port in (self._shared, *self._own.values()):
            await port.stop()

    async def plug(self, provider: Provider, fault: ActiveFault | None) -> None:
        """Give a provider a fault, or heal it.

        Raises:
            ValueError: Its port shall be closed, and it has none of its own.
        """
        port = self._own.get(provider)
        is_refused = fault is not None and fault.name == "refused"
        if is_refused and port is None:
            raise ValueError(
                f"{provider} has no port of its own to close; use 'dropped', or own ports"
            )
        self.providers.faults.set(provider, fault)
        if port is not None:
            await (port.close() if is_refused else port.open())


class FakeProviders:
    """All stand-ins on a thread of their own, for programs and tests of any kind.

    ```python
    with FakeProviders() as fake:
        client = openai.AsyncOpenAI(base_url=fake.openai_url, api_key="local-fake")
        fake.set_fault("openai", "rate_limited", times=1, retry_after_s=0.2)
    ```

    Every method may be called from any thread; what it sets counts from the next request on.
    """

    def __init__(
        self, *, port: int = 0, latency_s: float = 0.0, has_own_ports: bool = False
    ) -> None:
        self._models = LocalModels(port=port, latency_s=latency_s, has_own_ports=has_own_ports)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Serve until `stop`.

        Raises:
            PortTaken: The wanted port is taken.
        """
        if self._thread is not None:
            raise RuntimeError("the stand-ins run already")
        started: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(
            target=_serve, args=(self._models, started), name="fake-providers", daemon=True
        )
        self._thread.start()
        try:
            self._loop = started.result()
        except BaseException:
            self._thread.join()
            self._thread = None
            raise
        return self

    def stop(self) -> None:
        """Stop serving; what was billed stays readable."""
        if self._thread is None or self._loop is None:
            return
        self._run(self._models.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_STOP_S)
        self._thread, self._loop = None, None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The root: the page, `/_fake/…`, and every provider's plain paths."""
        return self._models.url

    @property
    def openai_url(self) -> str:
        """For `OPENAI_BASE_URL`."""
        return self._models.url_of("openai")

    @property
    def compatible_url(self) -> str:
        """For a `compatible` entry's `base_url`: Chat Completions as a local server has it."""
        return self._models.url_of("compatible")

    @property
    def anthropic_url(self) -> str:
        """For `ANTHROPIC_BASE_URL`."""
        return self._models.url_of("anthropic")

    @property
    def gemini_url(self) -> str:
        """For `GOOGLE_GEMINI_BASE_URL`."""
        return self._models.url_of("gemini")

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every billed call since the start, oldest first."""
        return self._models.providers.bill.calls

    @property
    def requests(self) -> tuple[Seen, ...]:
        """The last thousand requests, refused ones too, with what they sent."""
        return self._models.providers.bill.requests

    @property
    def bill(self) -> list[Json]:
        """Calls and tokens by model."""
        return sum_by_model(self.calls)

    def forget(self) -> None:
        """Forget calls and requests."""
        self._models.providers.bill.clear()

    def set_fault(
        self,
        provider: Provider,
        fault: Fault | None,
        *,
        times: int | None = None,
        **options: object,
    ) -> None:
        """Give a provider a fault in place of what it had; None heals it.

        Args:
            provider: Whose.
            fault: See `faults.FAULTS`.
            times: Only the next n calls; None: until it is healed.
            options: Of the fault: `retry_after_s`, `delay_s`, `status`, `form`.

        Raises:
            ValueError: There is no such fault or option, or `refused` has no port to close.
        """
        found = None if fault is None else read_fault(fault, times=times, **options)
        self._run(self._models.plug(provider, found))

    def heal(self) -> None:
        """Take every fault back."""
        for provider in PROVIDERS:
            self.set_fault(provider, None)

    def set_script(self, provider: Provider, script: Script | None) -> None:
        """Let `script` write a provider's whole text for a prompt; None: as before.

        It is called on the server's thread with a dict: `provider`, `model`, `system`, `user`,
        `schema` (of the reply, or None) and `body` (the request as it came).
        """
        if script is None:
            self._models.providers.scripts.pop(provider, None)
        else:
            self._models.providers.scripts[provider] = script

    def set_latency(self, seconds: float, provider: Provider | None = None) -> None:
        """Let every reply, or those of one provider, take `seconds`."""
        for name in PROVIDERS if provider is None else (provider,):
            self._models.providers.latency_s[name] = seconds

    def _run(self, work: Coroutine[None, None, T]) -> T:
        if self._loop is None:
            work.close()
            raise RuntimeError("the stand-ins do not run: call start() first")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_STOP_S)


def _serve(models: LocalModels, started: "Future[asyncio.AbstractEventLoop]") -> None:
    loop = asyncio.new_event_loop()
    try:
        try:
            loop.run_until_complete(models.start())
        except BaseException as error:  # noqa: BLE001 - raised again where start() was called
            started.set_exception(error)
            return
        started.set_result(loop)
        loop.run_forever()
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
