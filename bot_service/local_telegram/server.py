"""The local Telegram as an app, and as a server inside the desk's event loop."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

from bot_service.local_telegram.api import bot_api
from bot_service.local_telegram.clock import Clock
from bot_service.local_telegram.guard import LoopbackGuard, is_loopback_host
from bot_service.local_telegram.limits import Limits
from bot_service.local_telegram.people import Mistake
from bot_service.local_telegram.people_api import people_api
from bot_service.local_telegram.refusals import Refusal
from bot_service.local_telegram.world import World

DEFAULT_PORT = 8081
_PORTS_TRIED = 20
_PAGE = Path(__file__).parent / "page"


def create_app(
    *,
    data_dir: Path,
    clock: Clock | None = None,
    owner_name: str = "You",
    limits: Limits | None = None,
) -> FastAPI:
    """Build the server over a folder that keeps its chats.

    Args:
        data_dir: Made when it is missing; one server at a time.
        clock: The world's time; wall time by default.
        owner_name: What the person of the page is called when the folder is new.
        limits: How fast the bot may send; Telegram's limits by default.

    Returns:
        The app; `app.state.world` is its state, which the caller closes.
    """
    world = World(
        data_dir, clock=clock or Clock(), limits=limits or Limits(), owner_name=owner_name
    )
    app = FastAPI(title="Local Telegram", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.world = world
    app.add_middleware(LoopbackGuard)
    app.include_router(people_api(world))
    app.include_router(bot_api(world))
    app.mount("/page", StaticFiles(directory=_PAGE), name="page")

    @app.get("/")
    async def page() -> FileResponse:
        return FileResponse(_PAGE / "index.html")

    @app.exception_handler(Mistake)
    async def explain(_: Request, mistake: Mistake) -> JSONResponse:
        return JSONResponse({"error": str(mistake)}, status_code=400)

    @app.exception_handler(Refusal)
    async def refuse(_: Request, refusal: Refusal) -> JSONResponse:
        return JSONResponse({"error": refusal.description}, status_code=refusal.code)

    return app


class LocalTelegram:
    """A Telegram of one's own: start it, point a bot at `base_url` with `token`, close it."""

    def __init__(
        self,
        data_dir: Path,
        *,
        clock: Clock | None = None,
        owner_name: str = "You",
        limits: Limits | None = None,
    ) -> None:
        self._app = create_app(
            data_dir=data_dir, clock=clock, owner_name=owner_name, limits=limits
        )
        self._world: World = self._app.state.world
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._base_url: str | None = None

    @property
    def base_url(self) -> str:
        """The page's address without a slash at its end; `/bot` and `/file/bot` hang below."""
        if self._base_url is None:
            raise RuntimeError("the local Telegram is not started: call start() first")
        return self._base_url

    @property
    def token(self) -> str:
        """The bot's token, the same for each start over the same folder."""
        return self._world.identity.token

    @property
    def owner_id(self) -> int:
        """The person of the page, who has a private chat with the bot."""
        return self._world.identity.owner_id

    async def start(
        self, host: str = "127.0.0.1", port: int = DEFAULT_PORT, *, exposed: bool = False
    ) -> None:
        """Serve until `aclose`.

        Args:
            host: A loopback address.
            port: The first port to try; a taken one gives way to the next free one of twenty.
                0 lets the system choose.
            exposed: Allow an address that is not loopback, for a container whose port is
                published to the host's loopback alone. Other Host headers are refused still.

        Raises:
            ValueError: If `host` is not loopback and `exposed` is not set.
            OSError: If no port is free.
        """
        name = f"[{host}]" if ":" in host else host
        if not exposed and not is_loopback_host(name):
            raise ValueError(f"the local Telegram serves loopback only, not {host!r}")
        listener = _bind(host, port)
        config = uvicorn.Config(
            self._app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=2,
        )
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started:
            if self._serving.done():
                await self._serving
                raise RuntimeError("the local Telegram stopped while it was starting")
            await asyncio.sleep(0.01)
        shown = "127.0.0.1" if not is_loopback_host(name) else name
        self._base_url = f"http://{shown}:{listener.getsockname()[1]}"

    async def aclose(self) -> None:
        """Stop serving and close the folder; the chats stay."""
        self._world.let_go()
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving
            self._server, self._serving = None, None
        self._world.close()


class _Server(uvicorn.Server):
    """A server that leaves signals to the process it lives in."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    last_port = min(port + _PORTS_TRIED, 65536) if port else 1
    for candidate in range(port, last_port):
        # Named as TCP, so that asyncio turns Nagle's delay of 40 ms off.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
            listener.listen(128)
        except OSError:
            listener.close()
            continue
        return listener
    raise OSError(f"no free port on {host} between {port} and {last_port - 1}")
