"""`newsdesk models list`, `check` and `drill` as an operator's terminal shows them."""

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from bot_service.local_models.catalog import Provider
from bot_service.local_models.faults import Fault
from bot_service.local_models.server import FakeProviders
from schemas.model_reports import CheckLine, ModelsReport
from services.adapters.llm.prices import price_of
from tests.integration.model_commands import KEY, keys_for, run
from tests.integration.providers import NAMED, fake, stand_ins
from tests.integration.test_processes import running

__all__ = ["fake", "stand_ins"]

VENDORS: dict[Provider, str] = {
    "openai": "gpt-5",
    "anthropic": "claude",
    "gemini": "gemini-2.5-pro",
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An empty data folder."""
    return tmp_path / "data"


def checks(said: str) -> dict[str, CheckLine]:
    """The lines of a check by the model's name."""
    return {line.name: line for line in ModelsReport.model_validate_json(said).checks}


def test_list_shows_routes_prices_quotas_and_whom_to_ask_without_any_key(data: Path) -> None:
    ran = run(data, "models", "list")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "Language models are off" in ran.stdout
    assert "not found: OPENAI_API_KEY" in ran.stdout
    assert "not found: GOOGLE_API_KEY or GEMINI_API_KEY" in ran.stdout
    assert "topic_modeler 1, compose 1" in ran.stdout
    assert "per million tokens, by the price table of 2" in ran.stdout
    assert "https://status.claude.com" in ran.stdout
    assert "scripted" not in ran.stdout


def test_list_names_the_variable_of_each_key_and_no_part_of_it(
    data: Path, fake: FakeProviders
) -> None:
    plain = run(data, "models", "list", env=keys_for(fake))
    listed = run(data, "models", "list", "--json", env=keys_for(fake))

    keys = {m["name"]: m["key"] for m in json.loads(listed.stdout)["models"]}
    assert keys["gemini-2.5-pro"] == {"state": "found", "setting": "GEMINI_API_KEY"}
    assert {key["state"] for key in keys.values()} == {"found"}
    assert all(KEY[i : i + 6] not in plain.stdout + listed.stdout for i in range(len(KEY) - 5))
    assert fake.requests == ()


def test_list_tells_servers_of_ones_own_apart_and_what_has_no_price(data: Path) -> None:
    entries = {
        "free": {"provider": "compatible", "model": "llama3.3", "base_url": "http://u:p@h/v1",
                 "price": {"input": 0, "output": 0}},
        "odd": {"provider": "openai", "model": "gpt-of-nobody"},
    }  # fmt: skip

    ran = run(data, "models", "list", env={"NEWSDESK_MODEL__ENTRIES": json.dumps(entries)})

    assert "costs nothing, by its setting" in ran.stdout
    assert "none known, so it is not used where money counts" in ran.stdout
    assert "http://h/v1" in ran.stdout


def test_check_calls_each_model_once_and_counts_what_it_cost(
    data: Path, fake: FakeProviders
) -> None:
    checked = run(data, "models", "check", "--json", env=keys_for(fake))
    used = run(data, "usage", "--by", "person", "--json", env=keys_for(fake))

    lines = checks(checked.stdout)
    billed = {call.model: call for call in fake.calls}
    costs = {}
    for provider, name in VENDORS.items():
        price = price_of(provider, NAMED[name])
        assert price is not None
        costs[name] = price.cost(billed[lines[name].answered_by or ""].usage)
    assert checked.returncode == 0
    assert len(fake.calls) == len(VENDORS)
    assert {name: line.micro_usd for name, line in lines.items()} == costs
    assert json.loads(used.stdout)["total"]["micro_usd"] == sum(costs.values())
    assert json.loads(used.stdout)["lines"][0]["key"] == "operator"


def test_check_works_while_models_are_off_and_says_so(data: Path, fake: FakeProviders) -> None:
    ran = run(data, "models", "check", env=keys_for(fake))

    assert "Language models are off" in ran.stdout
    assert "They were called now, since you asked for it." in ran.stdout
    assert "✓ gpt-5 (openai, gpt-5.6-terra): gpt-5.6-terra answered in" in ran.stdout
    assert ran.returncode == 0


def test_check_and_drill_of_a_desk_without_a_key_end_with_3(data: Path) -> None:
    checked, drilled = run(data, "models", "check"), run(data, "models", "drill")

    assert (checked.returncode, drilled.returncode) == (3, 3)
    assert "no key was found" in checked.stdout
    assert "/trends" in drilled.stdout


Trouble = tuple[Provider, Fault, str, str]


@pytest.mark.parametrize(
    "troubles",
    [
        (
            ("openai", "auth", "refused the key (401): check OPENAI_API_KEY", "put a valid key"),
            ("anthropic", "html", "answered with a web page (200)", "correct that address"),
            ("gemini", "not_found", "does not exist at", "name an id that exists there"),
        ),
        (
            ("openai", "exhausted", "used up (429)", "pay or raise the limit"),
            ("anthropic", "overloaded", "failed (529)", "https://status.claude.com"),
            ("gemini", "auth", "check GOOGLE_API_KEY", "put a valid key there"),
        ),
        (
            ("openai", "malformed_json", "does not fit", "name another model"),
            ("anthropic", "hang", "did not answer", "https://status.claude.com"),
            ("gemini", "content_filter", "refused to answer", "ask its support"),
        ),
    ],
)
def test_check_says_what_is_wrong_with_each_model_and_what_to_do(
    data: Path, fake: FakeProviders, troubles: tuple[Trouble, ...]
) -> None:
    for provider, fault, _, _ in troubles:
        fake.set_fault(provider, fault)
    env = keys_for(fake) | {"NEWSDESK_MODEL__ATTEMPT_S": "1.5"}

    ran = run(data, "models", "check", "--json", env=env)

    lines = checks(ran.stdout)
    assert ran.returncode == 1
    for provider, _, problem, advice in troubles:
        line = lines[VENDORS[provider]]
        assert problem in line.problem
        assert advice in line.advice
        assert not line.problem.startswith(line.name)


def test_check_finds_what_is_set_wrongly(data: Path, fake: FakeProviders) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        dead = closed.getsockname()[1]
    own = {"provider": "compatible", "model": "x", "price": {"input": 0, "output": 0}}
    env = keys_for(fake) | {
        "ANTHROPIC_API_KEY": "expired",
        "GEMINI_API_KEY": "wrong",
        "OPENAI_BASE_URL": fake.url,
        "NEWSDESK_MODEL__ENTRIES": json.dumps(
            {
                "unpriced": {"provider": "openai", "model": "gpt-of-nobody"},
                "gone": own | {"base_url": f"http://127.0.0.1:{dead}/v1"},
            }
        ),
    }

    ran = run(data, "models", "check", "--json", env=env)

    lines = checks(ran.stdout)
    assert {name: line.problem.partition(":")[0] for name, line in lines.items()} == {
        "gpt-5": "nothing answers at http",
        "claude": f"{fake.anthropic_url} refused the key (401)".partition(":")[0],
        "gemini-2.5-pro": f"{fake.gemini_url} refused the key (400)".partition(":")[0],
        "unpriced": "nobody knows what it costs, so it was not called",
        "gone": "cannot reach http",
    }
    assert "check ANTHROPIC_API_KEY; it says: API key has expired" in lines["claude"].problem
    assert "that server's log" in lines["gone"].advice
    assert ran.returncode == 1


def test_models_without_a_price_or_over_budget_are_not_called(
    data: Path, fake: FakeProviders
) -> None:
    entries = '{"gpt-5": {"provider": "openai", "model": "gpt-of-nobody"}}'
    env = keys_for(fake) | {
        "NEWSDESK_MODEL__ENTRIES": entries,
        "NEWSDESK_BUDGET__GLOBAL_DAY_USD": "0",
    }

    ran = run(data, "models", "check", env=env)

    assert ran.returncode == 1
    assert "nobody knows what it costs" in ran.stdout
    assert "the day's money for models is used up (global_day_usd)" in ran.stdout
    assert fake.calls == ()


@contextmanager
def server_with_a_clock(ahead: timedelta) -> Iterator[str]:
    """A server that refuses every key, and whose clock is not ours; gives its address."""
    ready, stop = Event(), Event()
    found: list[int] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        date = format_datetime(datetime.now(UTC) + ahead, usegmt=True)
        body = b'{"error": {"message": "wrong key", "code": "invalid_api_key"}}'
        head = f"HTTP/1.1 401 No\r\nDate: {date}\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode())
        writer.write(body)
        await writer.drain()
        writer.close()

    async def serve() -> None:
        async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
            found.append(server.sockets[0].getsockname()[1])
            ready.set()
            await asyncio.to_thread(stop.wait)

    thread = Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait(5)
    try:
        yield f"http://127.0.0.1:{found[0]}/v1"
    finally:
        stop.set()
        thread.join()


def test_check_suspects_a_clock_that_is_an_hour_off(data: Path) -> None:
    with server_with_a_clock(timedelta(hours=1)) as url:
        ran = run(data, "models", "check", env={"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": url})

    assert ran.returncode == 1
    assert "first set this machine's clock, which may be all" in ran.stdout
    assert "! this machine's clock is 60 min behind that of " + url in ran.stdout


def test_drill_walks_every_route_without_its_first_choice(data: Path, fake: FakeProviders) -> None:
    ran = run(data, "models", "drill", "--json", env=keys_for(fake))

    report = ModelsReport.model_validate_json(ran.stdout)
    walked = {line.task: (line.off, line.by) for line in report.drills if line.task}
    local = [(line.command, line.by) for line in report.drills if line.command]
    assert ran.returncode == 0
    assert walked == {
        "keyphrase_mining": ("gemini-2.5-pro", "claude"),
        "query_expansion": ("gemini-2.5-pro", "gpt-5"),
        "sentiment_emotion": ("gpt-5", "claude"),
        "topic_modeler": ("claude", "gpt-5"),
        "compose": ("claude", "gpt-5"),
    }
    assert local == [(c, "local") for c in ("trends", "keywords", "sentiment", "topics")]
    assert not [call for call in fake.calls if call.provider == "gemini"]
    assert sum(line.micro_usd for line in report.drills) > 0


def test_drill_fails_where_the_models_behind_the_first_choice_do_not_answer(
    data: Path, fake: FakeProviders
) -> None:
    fake.set_fault("openai", "server_error")
    env = keys_for(fake) | {"NEWSDESK_MODEL__ROUTES": '{"compose": ["claude", "gpt-5"]}'}

    ran = run(data, "models", "drill", env=env)

    assert ran.returncode == 1
    assert "✗ compose: no model behind it answered, so plain code answers" in ran.stdout
    assert "gpt-5: overloaded" in ran.stdout


@pytest.mark.parametrize(
    ("fallback", "code", "who"), [("on", 0, "plain code"), ("off", 1, "nobody")]
)
def test_drill_tells_a_route_of_one_model_from_one_that_fails(
    data: Path, fake: FakeProviders, fallback: str, code: int, who: str
) -> None:
    env = keys_for(fake) | {
        "NEWSDESK_MODEL__ROUTES": '{"compose": ["claude"]}',
        "NEWSDESK_MODEL__LOCAL_FALLBACK": fallback,
    }

    ran = run(data, "models", "drill", env=env)

    assert ran.returncode == code
    assert f"no other model of this route can be called, so {who} answers" in ran.stdout
    assert fake.calls == ()


@pytest.mark.slow
def test_a_running_desk_does_the_same_for_other_commands(
    data: Path, fake: FakeProviders, monkeypatch: pytest.MonkeyPatch
) -> None:
    data.mkdir()
    env = keys_for(fake)
    for variable, value in env.items():
        monkeypatch.setenv(variable, value)
    with running(data) as desk:
        checked = run(data, "models", "check", "--json")
        used = run(data, "usage", "--by", "command", "--json")
        listed = run(data, "models", "list", "--json")
        drilled = run(data, "models", "drill")
        code = desk.stop()

    assert (checked.returncode, drilled.returncode, code) == (0, 0, 0)
    assert {line.name for line in checks(checked.stdout).values()} == set(VENDORS.values())
    assert [line["key"] for line in json.loads(used.stdout)["lines"]] == ["check"]
    assert {m["key"]["state"] for m in json.loads(listed.stdout)["models"]} == {"found"}
