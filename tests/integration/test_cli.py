import asyncio
import io
import json
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot_service.cli import main
from bot_service.local_telegram.server import LocalTelegram
from bot_service.setup import write_env
from monitoring.logs import configure_logs
from schemas.analysis import AnalysisResponse
from schemas.errors import ErrorResponse
from tests.integration.news import FLOOD_EN, NOW, line, write_lines

FAKE_TOKEN = "123456789:AAE-not-a-real-token-but-of-its-form"


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def home(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working folder; the data folder is stocked and its clock is the stream's."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    for name in ("TELEGRAM_BOT_TOKEN", "TELEGRAM_API_BASE_URL", "NEWSDESK_EVAL_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NEWSDESK_DATA_DIR", str(folder))
    monkeypatch.setenv("NEWSDESK_NOW", NOW.isoformat())
    yield home
    configure_logs("error", stream=io.StringIO(), is_pretty=False)


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command as the console does."""

    def call(*argv: str) -> Ran:
        try:
            code = main(argv)
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return call


def answer(ran: Ran) -> AnalysisResponse:
    return AnalysisResponse.model_validate_json(ran.out)


def error(ran: Ran) -> ErrorResponse:
    return ErrorResponse.model_validate_json(ran.out)


def test_an_answer_is_text_with_its_links_and_exit_code_0(run: Run) -> None:
    ran = run("trends", "--window", "24h")

    assert ran.code == 0
    assert FLOOD_EN[0][0] in ran.out
    assert "https://en.coast.example/flood-" in ran.out
    assert ran.err == ""


def test_json_is_an_analysis_response(run: Run) -> None:
    ran = run("analyze", "topics", "tidal barrier", "--k-final", "3", "--json")

    assert ran.code == 0
    assert answer(ran).result.kind == "topics"
    assert len(answer(ran).evidence) == 3


def test_the_reply_language_can_be_chosen(run: Run) -> None:
    ran = run("analyze", "sentiment", "--lang", "ru", "--reply-lang", "ru")

    assert ran.code == 0
    assert ran.out.startswith("Тональность")


@pytest.mark.parametrize("lang", ["de", "ru-RU", "xx"])
def test_an_answer_comes_in_the_nearest_language_that_can_be_written(run: Run, lang: str) -> None:
    ran = run("trends", "--reply-lang", lang)

    assert ran.out.startswith("Тренды" if lang.startswith("ru") else "Trends")


def test_a_wrong_window_is_wrong_usage_and_gets_the_nearest(run: Run) -> None:
    ran = run("trends", "--window", "yesterday")

    assert ran.code == 2
    assert "yesterday" in ran.err
    assert "24h" in ran.err


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("trends", "3d"), ("trends", "--window", "3d")),
        (
            ("analyze", "keywords", "tidal", "1w", "barrier"),
            ("analyze", "keywords", "tidal barrier", "--window", "1w"),
        ),
        (("analyze", "topics", "3d"), ("analyze", "topics", "--window", "3d")),
    ],
)
def test_a_window_may_stand_among_the_words(
    run: Run, words: tuple[str, ...], option: tuple[str, ...]
) -> None:
    assert run(*words).out == run(*option).out != ""


def test_a_misspelt_mode_is_wrong_usage_and_gets_the_nearest(run: Run) -> None:
    ran = run("analyze", "sentimen", "--json")

    assert ran.code == 2
    assert "sentiment" in error(ran).error.user_message
    assert error(ran).error.tech_message.startswith("usage:")


@pytest.mark.parametrize(
    "argv",
    [
        ("trends", "--lang", "klingon"),
        ("analyze", "topics", "x" * 10_000),
        ("analyze", "topics", "--k-final", "50"),
        ("analyze", "topics", "--k-final", "0"),
        ("trends", "--source", "s" * 500),
        ("trends", "--now", "noon"),
        ("trends", "--now", "0001-01-01T00:00+14:00"),
        ("trends", "--now", "9999-12-31T23:59-14:00"),
        ("trends", "5h"),
        ("sources", "pause", "9" * 25),
        ("import", "/there/is/nothing.jsonl"),
        ("frobnicate",),
        (),
    ],
)
def test_wrong_usage_is_told_in_words_and_exit_code_2(run: Run, argv: tuple[str, ...]) -> None:
    ran = run(*argv)

    assert ran.code == 2
    assert (ran.err or ran.out).strip()
    assert "Traceback" not in ran.err


def test_a_long_query_is_called_long(run: Run) -> None:
    assert "1,000" in run("analyze", "topics", "x" * 10_000).err


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("analyze", "topics", "narwhal"), "NO_DATA"),
        (("trends", "--source", "Moon Times"), "NO_DATA"),
        (("analyze", "topics", "the of and"), "VALIDATION_FAILED"),
        (("analyze", "keywords", "🙂🙂🙂"), "VALIDATION_FAILED"),
    ],
)
def test_no_answer_is_exit_code_3(run: Run, argv: tuple[str, ...], code: str) -> None:
    ran = run(*argv, "--json")

    assert ran.code == 3
    assert error(ran).error.code == code
    assert error(ran).error.tech_message


def test_a_missing_model_is_exit_code_1(run: Run) -> None:
    ran = run("trends", "--enhanced", "--json")

    assert ran.code == 1
    assert error(ran).error.code == "MODEL_UNAVAILABLE"


def test_an_empty_folder_is_no_data_and_gets_no_sample(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSDESK_DATA_DIR", str(tmp_path / "new"))

    assert run("trends", "--json").code == 3
    assert run("trends", "--json").code == 3


def test_now_ends_the_window_at_a_moment_of_the_past(run: Run) -> None:
    past = NOW - timedelta(days=7)

    ran = run("trends", "--now", past.isoformat())

    assert "5 Mar, 18:00" in ran.out.splitlines()[0]
    assert "Port Selmer" not in ran.out


def test_the_clock_can_be_shifted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSDESK_NOW", "2025-03-05T18:00")

    assert "5 Mar, 18:00" in run("trends").out.splitlines()[0]


def test_an_import_counts_and_the_same_again_changes_nothing(run: Run, tmp_path: Path) -> None:
    words = ("Lighthouse of Tarnholm shines again", "The lamp was repaired.")
    path = write_lines(tmp_path / "one.jsonl", [line("l", "en", words, "The Lantern", 2)])

    first = run("import", str(path), "--json")
    second = run("import", str(path), "--json")

    assert (first.code, json.loads(first.out)["new"]) == (0, 1)
    assert (second.code, json.loads(second.out)["duplicate"]) == (0, 1)


def test_broken_lines_are_named_and_the_others_are_stored(run: Run, tmp_path: Path) -> None:
    good = json.dumps(line("g", "en", ("A good line", "With text."), "The Lantern", 2)).encode()
    lines = [good, b'{"title": "cut off', b"\xff\xfe\xfa", b'["no object"]', b"{}"]
    path = tmp_path / "broken.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")

    ran = run("import", str(path))

    assert ran.code == 2
    assert "1 new" in ran.out
    assert all(f"broken.jsonl:{n}" in ran.err for n in (2, 3, 4, 5)), ran.err


def test_a_setting_that_is_not_allowed_stops_the_start_and_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSDESK_HTTP_PORT", "99999")

    ran = run("trends")

    assert ran.code == 2
    assert "HTTP_PORT" in ran.err


def test_doctor_says_what_is_configured_and_what_is_missing(run: Run) -> None:
    ran = run("doctor")

    assert ran.code == 0
    assert "articles" in ran.out
    assert "the local Telegram is used" in ran.out
    assert "`newsdesk setup`" in ran.out


def test_doctor_names_a_variable_that_nothing_reads(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSDESK_HTTP_PROT", "80")

    assert "NEWSDESK_HTTP_PROT (did you mean NEWSDESK_HTTP_PORT?)" in run("doctor").out


def test_doctor_names_a_misspelt_line_of_the_env_file(run: Run, home: Path) -> None:
    (home / ".env").write_text("NEWSDESK_OPERATOR=1\n", encoding="utf-8")

    assert "NEWSDESK_OPERATOR (did you mean NEWSDESK_OPERATORS?)" in run("doctor").out


def test_doctor_writes_json_and_warns_of_an_env_file_that_others_may_read(
    run: Run, home: Path
) -> None:
    (home / ".env").write_text("NEWSDESK_LOG_LEVEL=info\n", encoding="utf-8")
    (home / ".env").chmod(0o644)

    findings = {f["subject"]: f for f in json.loads(run("doctor", "--json").out)}

    assert findings[".env"]["level"] == "warning"
    assert findings[".env"]["advice"] == "chmod 600 .env"
    assert findings["news"]["level"] == "ok"


def test_doctor_calls_an_unreachable_telegram_a_problem_and_hides_the_token(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", FAKE_TOKEN)
    monkeypatch.setenv("TELEGRAM_API_BASE_URL", "http://127.0.0.1:9")

    ran = run("doctor")

    assert ran.code == 1
    assert "does not answer" in ran.out
    assert "everybody may use this bot" in ran.out
    assert FAKE_TOKEN not in ran.out + ran.err


async def test_setup_writes_the_token_sets_commands_and_prints_the_link(
    run: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ".env").write_text("NEWSDESK_LOG_LEVEL=error\nTELEGRAM_BOT_TOKEN=old\n", "utf-8")
    local = LocalTelegram(tmp_path / "telegram")
    await local.start(port=0)
    monkeypatch.setenv("TELEGRAM_API_BASE_URL", local.base_url)
    try:
        ran = await asyncio.to_thread(run, "setup", "--token", local.token)
        async with httpx.AsyncClient(base_url=f"{local.base_url}/bot{local.token}") as bot:
            menu = (await bot.get("/getMyCommands")).json()["result"]
    finally:
        await local.aclose()

    env = home / ".env"
    assert (ran.code, ran.err) == (0, "")
    assert "https://t.me/" in ran.out
    assert local.token not in ran.out
    assert (
        env.read_text("utf-8") == f"NEWSDESK_LOG_LEVEL=error\nTELEGRAM_BOT_TOKEN={local.token}\n"
    )
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert {"trends", "analyze"} <= {command["command"] for command in menu}


async def test_a_token_that_telegram_refuses_is_not_written(
    run: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = LocalTelegram(tmp_path / "telegram")
    await local.start(port=0)
    monkeypatch.setenv("TELEGRAM_API_BASE_URL", local.base_url)
    try:
        ran = await asyncio.to_thread(run, "setup", "--token", FAKE_TOKEN)
    finally:
        await local.aclose()

    assert ran.code == 2
    assert "refuses this token" in ran.err
    assert FAKE_TOKEN not in ran.err
    assert not (home / ".env").exists()


@pytest.mark.parametrize("token", ["abc", "55555", "https://t.me/bot", "123:short"])
def test_a_malformed_token_is_refused_and_not_repeated(run: Run, home: Path, token: str) -> None:
    ran = run("setup", "--token", token)

    assert ran.code == 2
    assert "not a bot token" in ran.err
    assert token not in ran.err
    assert not (home / ".env").exists()


def test_an_env_file_keeps_its_other_lines(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# mine\nexport NAME=old\nOTHER=1\n", encoding="utf-8")

    write_env(path, "NAME", "new")

    assert path.read_text("utf-8") == "# mine\nOTHER=1\nNAME=new\n"


def test_reindex_and_purge_say_what_they_did(run: Run) -> None:
    reindexed, purged = run("reindex"), run("purge")

    assert (reindexed.code, purged.code) == (0, 0)
    assert "The search index holds 77 articles." in reindexed.out
    assert purged.out.startswith("Deleted 0 articles")
