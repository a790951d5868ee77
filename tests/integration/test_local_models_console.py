"""The stand-ins from outside: their control over HTTP, their command, their page."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot_service.cli import main
from bot_service.local_models.server import FakeProviders
from bot_service.local_models.serving import PortTaken

KEY = {"authorization": "Bearer k"}
QUESTION = {"model": "gpt-5", "input": "hello"}
PORT = re.compile(r"http://127\.0\.0\.1:(\d+)")


@pytest.fixture
def fake() -> Iterator[FakeProviders]:
    with FakeProviders() as started:
        yield started


@pytest.fixture
def http(fake: FakeProviders) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=fake.url, timeout=5) as client:
        yield client


def asked(http: httpx.Client) -> int:
    return http.post("/v1/responses", json=QUESTION, headers=KEY).status_code


def test_a_plug_is_pulled_and_put_in_over_http(http: httpx.Client) -> None:
    http.post("/_fake/faults", json={"provider": "openai", "fault": "overloaded"})
    pulled = asked(http)
    http.delete("/_fake/faults", params={"provider": "openai"})

    assert (pulled, asked(http)) == (503, 200)


def test_a_fault_over_http_may_have_a_number_of_calls_and_options(http: httpx.Client) -> None:
    http.post(
        "/_fake/faults",
        json={
            "provider": "openai",
            "fault": "rate_limited",
            "times": 1,
            "options": {"retry_after_s": 3},
        },
    )
    refused = http.post("/v1/responses", json=QUESTION, headers=KEY)

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "3")
    assert asked(http) == 200


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"provider": "nobody", "fault": "hang"}, "no provider is called 'nobody'"),
        ({"provider": "openai", "fault": "sleep"}, "no fault is called 'sleep'"),
        ({"provider": "openai", "fault": "refused"}, "has no port of its own"),
        ({"fault": "hang"}, "Missing required parameter: 'provider'"),
    ],
)
def test_a_mistake_over_http_is_explained(
    http: httpx.Client, body: dict[str, str], said: str
) -> None:
    answer = http.post("/_fake/faults", json=body)

    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_the_bill_over_http_is_the_sum_of_the_calls(
    fake: FakeProviders, http: httpx.Client
) -> None:
    for _ in range(3):
        asked(http)

    calls, bill = http.get("/_fake/calls").json(), http.get("/_fake/bill").json()
    assert [line["model"] for line in bill] == ["gpt-5-2025-08-07"]
    assert bill[0]["calls"] == len(calls) == 3
    assert bill[0]["output_tokens"] == sum(c["usage"]["output_tokens"] for c in calls)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://somewhere.example"},
        {"sec-fetch-site": "cross-site"},
        {"host": "models.example"},
    ],
)
def test_other_web_sites_pull_no_plug(http: httpx.Client, headers: dict[str, str]) -> None:
    answer = http.post(
        "/_fake/faults", json={"provider": "openai", "fault": "hang"}, headers=headers
    )

    assert answer.status_code == 403
    assert asked(http) == 200


@pytest.mark.parametrize(
    ("path", "headers", "said"),
    [
        ("/responses", {}, "Invalid URL (POST /responses)"),
        ("/v1/complete", {"anthropic-version": "2023-06-01"}, "not_found_error"),
        ("/v1beta/models/gemini-2.5-pro:sing", {}, "Requested entity was not found."),
    ],
)
def test_an_unknown_path_is_refused_as_its_provider_would(
    http: httpx.Client, path: str, headers: dict[str, str], said: str
) -> None:
    answer = http.post(path, json={}, headers=headers)

    assert answer.status_code == 404
    assert said in answer.text


def test_a_missing_key_is_refused(http: httpx.Client) -> None:
    statuses = [
        http.post("/v1/responses", json=QUESTION).status_code,
        http.post("/v1/messages", json={}).status_code,
        http.post("/v1beta/models/gemini-2.5-pro:generateContent", json={}).status_code,
    ]

    assert statuses == [401, 401, 403]


def test_a_server_of_ones_own_asks_for_no_key(http: httpx.Client) -> None:
    question = {"model": "llama3.3", "messages": [{"role": "user", "content": "hello"}]}

    assert http.post("/compatible/v1/chat/completions", json=question).status_code == 200


@pytest.mark.parametrize(
    ("path", "header", "field"),
    [
        ("/openai/v1/models/gpt-5", KEY, "id"),
        ("/anthropic/v1/models/claude-haiku-4-5", {"x-api-key": "k"}, "id"),
        ("/gemini/v1beta/models/gemini-2.5-pro", {"x-goog-api-key": "k"}, "name"),
    ],
)
def test_one_model_is_described_under_the_id_that_answers(
    http: httpx.Client, path: str, header: dict[str, str], field: str
) -> None:
    known = http.get(path, headers=header)
    unknown = http.get(f"{path}-of-tomorrow", headers=header)

    assert path.rsplit("/", 1)[1] in known.json()[field]
    assert unknown.status_code == 404


def test_stand_ins_can_be_started_again() -> None:
    fake = FakeProviders()
    statuses = []
    for _ in range(2):
        with fake, httpx.Client(base_url=fake.url) as http:
            statuses.append(asked(http))

    assert statuses == [200, 200]


def test_what_is_not_json_is_refused(http: httpx.Client) -> None:
    answers = [http.post("/v1/responses", content=b, headers=KEY) for b in (b"{", b"[]")]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert "could not parse the JSON" in answers[0].text


def test_stopping_does_not_wait_for_requests_that_hang() -> None:
    fake = FakeProviders().start()
    fake.set_fault("openai", "hang")
    fake.set_latency(60, "gemini")
    failed: list[Exception] = []

    def wait_for(path: str, body: object) -> None:
        try:
            httpx.post(f"{fake.url}{path}", json=body, headers={"x-goog-api-key": "k", **KEY})
        except httpx.TransportError as error:
            failed.append(error)

    contents = {"contents": [{"parts": [{"text": "x"}]}]}
    places = [
        ("/v1/responses", QUESTION),
        ("/v1beta/models/gemini-2.5-pro:generateContent", contents),
    ]
    waiting = [threading.Thread(target=wait_for, args=place) for place in places]
    for thread in waiting:
        thread.start()
    deadline = time.monotonic() + 10
    while len(fake.requests) < 1 and time.monotonic() < deadline:
        time.sleep(0.01)
    fake.stop()
    for thread in waiting:
        thread.join(10)

    assert len(failed) == 2
    assert not any(thread.is_alive() for thread in waiting)


def test_a_taken_port_is_named_with_the_next_free_one(fake: FakeProviders) -> None:
    port = int(fake.url.rsplit(":", 1)[1])

    with pytest.raises(PortTaken, match=f"port {port} on 127.0.0.1 is taken") as taken:
        FakeProviders(port=port).start()

    assert taken.value.free is not None
    assert taken.value.free > port


def test_calls_stay_readable_after_the_end() -> None:
    with FakeProviders() as fake, httpx.Client(base_url=fake.url) as http:
        asked(http)

    assert len(fake.calls) == 1


def command(home: Path, *options: str) -> "subprocess.Popen[str]":
    env = {k: v for k, v in os.environ.items() if not k.startswith("NEWSDESK_")}
    return subprocess.Popen(
        [sys.executable, "-m", "bot_service.cli", "models", "fake", *options],
        cwd=home,
        env={**env, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    "sent", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_the_command_serves_until_it_is_stopped(tmp_path: Path, sent: signal.Signals) -> None:
    process = command(tmp_path, "--port", "0", "--latency", "0", "--fault", "gemini=hang")
    assert process.stdout is not None
    assert process.stderr is not None
    told = "".join(iter(process.stdout.readline, "  newsdesk run\n"))
    found = PORT.search(told)
    assert found is not None, told
    url = found[0]
    answer = httpx.post(f"{url}/openai/v1/responses", json=QUESTION, headers=KEY, timeout=10)
    process.send_signal(sent)
    with process:
        rest, err = process.stdout.read(), process.stderr.read()

    assert (process.returncode, err, answer.status_code) == (0, "", 200)
    assert f"export ANTHROPIC_BASE_URL={url}/anthropic" in told
    assert "Served 1 call: 2 tokens read" in rest


def test_the_command_offers_the_next_port_when_its_own_is_taken(
    fake: FakeProviders, capsys: pytest.CaptureFixture[str]
) -> None:
    port = fake.url.rsplit(":", 1)[1]

    code = main(["models", "fake", "--port", port])

    assert code == 1
    said = rf"port {port} on 127\.0\.0\.1 is taken; (\d+) is free: .* --port \1$"
    assert re.search(said, capsys.readouterr().err.strip())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--host", "0.0.0.0"), "loopback only, not '0.0.0.0'"),  # noqa: S104 - refused
        (("--fault", "openai"), "--fault: 'openai' is not of the form PROVIDER=FAULT"),
        (("--fault", "openai=refused"), "openai has no port of its own to close"),
        (("--port", "70000"), "--port takes 0 to 65535, got 70000"),
        (("--latency", "-1"), "--latency takes 0 to 600 seconds, got -1"),
    ],
)
def test_a_wrong_option_of_the_command_is_explained(
    options: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["models", "fake", "--port", "0", *options])

    assert code == 2
    assert said in capsys.readouterr().err


@pytest.mark.slow
def test_the_page_shows_what_happens_and_pulls_a_plug(
    fake: FakeProviders, http: httpx.Client
) -> None:
    from playwright.sync_api import expect, sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI has no browser: install chromium")
        pytest.skip("no chromium on this machine")
    asked(http)
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("console", lambda message: errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(fake.url)
        card = page.locator("article", has_text="OpenAI")
        expect(card.locator(".state")).to_have_text("answers")
        expect(page.locator("#calls tr")).to_have_count(1)
        card.locator("select").select_option("overloaded")
        card.locator(".pull").click()
        expect(card.locator(".state")).to_have_text("overloaded")
        pulled = asked(http)
        card.locator(".plug").click()
        expect(card.locator(".state")).to_have_text("answers")
        browser.close()

    assert (pulled, asked(http), errors) == (503, 200, [])
