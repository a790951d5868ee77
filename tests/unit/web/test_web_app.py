import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from fastapi import FastAPI

from bot_service.web.app import create_web_app
from bot_service.web.server import WebServer, serve
from core.errors import StoreBusy
from monitoring.health import HealthCheck
from monitoring.metrics import Metrics

OK = HealthCheck("store", True, "answers")
Start = Callable[..., Awaitable[httpx.AsyncClient]]


async def unlimited(_client: str) -> float:
    return 0.0


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    opened: list[tuple[WebServer, httpx.AsyncClient]] = []

    async def begin(app: FastAPI) -> httpx.AsyncClient:
        server = await serve(app, host="127.0.0.1", port=0)
        client = httpx.AsyncClient(base_url=server.url, trust_env=False)
        opened.append((server, client))
        return client

    yield begin
    for server, client in opened:
        await client.aclose()
        await server.aclose()


def web_app(
    checks: tuple[HealthCheck, ...] = (OK,),
    *,
    take_token: Callable[[str], Awaitable[float]] = unlimited,
    hosts: frozenset[str] | None = frozenset(),
) -> FastAPI:
    async def health() -> tuple[HealthCheck, ...]:
        return checks

    app = create_web_app(
        health=health,
        metrics=Metrics(version="1.2.3"),
        take_token=take_token,
        hosts=hosts,
        version="1.2.3",
    )

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("the secret reason")

    @app.post("/write")
    async def write() -> str:
        return "written"

    return app


async def test_a_living_process_says_so_with_its_version(start: Start) -> None:
    client = await start(web_app(checks=()))

    answer = await client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "alive", "version": "1.2.3"})


async def test_a_desk_whose_parts_are_well_is_ready(start: Start) -> None:
    client = await start(web_app())

    answer = await client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["checks"] == [{"name": "store", "ok": True, "detail": "answers"}]


async def test_one_part_that_is_not_well_makes_the_desk_not_ready(start: Start) -> None:
    updates = HealthCheck("updates", False, "last poll 300 s ago")
    client = await start(web_app((OK, updates)))

    answer = await client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"][1]["detail"] == "last poll 300 s ago"


async def test_a_part_that_cannot_even_be_looked_at_makes_the_desk_not_ready(start: Start) -> None:
    async def health() -> tuple[HealthCheck, ...]:
        raise StoreBusy("the database is locked; try again")

    client = await start(create_web_app(health=health, metrics=Metrics(), take_token=unlimited))

    answer = await client.get("/readyz")

    assert (answer.status_code, answer.json()["checks"]) == (
        503,
        [{"name": "StoreBusy", "ok": False, "detail": "the database is locked; try again"}],
    )


async def test_metrics_are_printed_for_prometheus(start: Start) -> None:
    client = await start(web_app())

    answer = await client.get("/metrics")

    assert 'newsdesk_build_info{version="1.2.3"} 1.0' in answer.text
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "a@localhost", "[::"])
async def test_a_host_that_is_not_ours_is_refused(start: Start, host: str) -> None:
    client = await start(web_app())

    answer = await client.get("/healthz", headers={"host": host})

    assert answer.status_code == 403


@pytest.mark.parametrize("host", ["localhost:9", "127.0.0.1", "[::1]:80", "desk.example"])
async def test_loopback_and_named_hosts_are_served(start: Start, host: str) -> None:
    client = await start(web_app(hosts=frozenset({"desk.example"})))

    answer = await client.get("/healthz", headers={"host": host})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
    ],
)
async def test_only_our_own_page_or_a_program_may_write(
    start: Start, headers: dict[str, str], status: int
) -> None:
    client = await start(web_app())

    answer = await client.post("/write", headers=headers)

    assert answer.status_code == status


async def test_our_own_origin_may_write(start: Start) -> None:
    client = await start(web_app())

    answer = await client.post("/write", headers={"origin": str(client.base_url).rstrip("/")})

    assert answer.text == '"written"'


async def test_over_the_limit_a_client_learns_how_long_to_wait(start: Start) -> None:
    async def spent(_client: str) -> float:
        return 12.4

    client = await start(web_app(take_token=spent))

    answer = await client.post("/write")

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "12")


async def test_probes_are_never_limited(start: Start) -> None:
    async def spent(_client: str) -> float:
        return 12.4

    client = await start(web_app(take_token=spent))

    statuses = [(await client.get(p)).status_code for p in ("/healthz", "/readyz", "/metrics")]

    assert statuses == [200, 200, 200]


async def test_a_broken_page_gives_a_reference_and_no_reason(start: Start) -> None:
    client = await start(web_app())

    answer = await client.get("/broken", headers={"accept": "text/html"})

    assert answer.status_code == 500
    assert "Reference: " in answer.text
    assert "secret" not in answer.text


async def test_an_unknown_address_is_answered_in_words(start: Start) -> None:
    client = await start(web_app())

    answer = await client.get("/nothing")

    assert answer.json()["error"]["message"] == "There is nothing under this address."
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_taken_port_gives_way_to_the_next_free_one() -> None:
    first = await serve(web_app(), host="127.0.0.1", port=0)

    second = await serve(web_app(), host="127.0.0.1", port=first.port)

    assert first.port < second.port < first.port + 50
    await asyncio.gather(first.aclose(), second.aclose())


async def test_a_closed_server_releases_its_port() -> None:
    server = await serve(web_app(), host="127.0.0.1", port=0)

    await server.aclose()

    with socket.create_server(("127.0.0.1", server.port)) as again:
        assert again.getsockname()[1] == server.port


async def test_an_address_of_another_machine_is_an_error_that_names_it() -> None:
    with pytest.raises(OSError, match=r"cannot listen on '192\.0\.2\.1'"):
        await serve(web_app(), host="192.0.2.1", port=0)
