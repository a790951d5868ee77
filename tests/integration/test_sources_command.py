import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.test_processes import ROOT, environment, newsdesk, running


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server in a process of its own; `/feed/<any>` is a feed."""
    argv = [sys.executable, "-m", "tests.integration.hostile_server"]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.terminate()


@pytest.fixture(autouse=True)
def allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let desks of these tests read from the loopback."""
    more = {"NEWSDESK_FETCH__ALLOWED_NETWORKS": "127.0.0.0/8", "NEWSDESK_FETCH__HOST_PAUSE_S": "0"}
    monkeypatch.setattr(
        "tests.integration.test_processes.environment",
        lambda folder, **others: environment(folder, **more, **others),
    )


def use(folder: Path, server: str, *actions: str) -> list[tuple[int, str]]:
    """Add a source and do these things with it; gives the exit codes and what was said."""

    def run(*argv: str) -> tuple[int, str]:
        ran = newsdesk(folder, "sources", *argv)
        return ran.returncode, ran.stdout + ran.stderr

    added = run("add", f"{server}/feed/harbour")
    number = added[1].split(":", 1)[1].split()[0]
    said = [added, *(run(*action.replace("N", number).split()) for action in actions)]
    return [(code, words.replace(number, "N", 1)) for code, words in said]


def test_a_source_is_added_listed_changed_and_removed(tmp_path: Path, server: str) -> None:
    said = use(
        tmp_path / "data",
        server,
        *("fulltext N on", "pause N", "list", "resume N", "export", "remove N", "pause N"),
    )

    assert [code for code, _ in said] == [0] * 7 + [2]
    added, _, _, listed, _, exported, _, refused = [words for _, words in said]
    assert added == f"Added: N  feed-harbour  {server}/feed/harbour  fine, 20 articles\n"
    assert "paused" in listed
    assert "full text" in listed
    assert f'xmlUrl="{server}/feed/harbour"' in exported
    assert refused == "newsdesk: there is no source N\n"


def test_a_running_desk_does_the_same_for_other_commands(tmp_path: Path, server: str) -> None:
    actions = ("pause N", "remove N", "pause N")
    alone = use(tmp_path / "alone", server, *actions)

    with running(tmp_path / "running") as desk:
        asked = use(tmp_path / "running", server, *actions)
        checked = newsdesk(tmp_path / "running", "sources", "check")
        code = desk.stop()

    assert asked == alone
    assert ("No source is polled" in checked.stdout, code) == (True, 0)


def test_a_list_is_imported_and_reported_as_json(tmp_path: Path, server: str) -> None:
    opml = tmp_path / "list.opml"
    rows = "".join(f'<outline xmlUrl="{server}/feed/{n}"/>' for n in range(3))
    opml.write_text(f"<opml><body>{rows}</body></opml>", encoding="utf-8")
    folder = tmp_path / "data"

    imported = newsdesk(folder, "sources", "import", str(opml))
    checked = newsdesk(folder, "sources", "check", "--json")

    assert imported.stdout == "3 sources added, 0 known already, 0 refused.\n"
    lines = json.loads(checked.stdout)["sources"]
    assert [(line["state"], line["n_items"]) for line in lines] == [("ok", 20)] * 3


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (("add", "there is none"), 2, "there is none"),
        (("add", "http://10.1.2.3/feed"), 1, "10.1.2.3"),
        (("add", "{server}/missing"), 1, "404"),
        (("add",), 2, "`newsdesk sources add ADDRESS` is the form"),
        (("pause", "Harbour"), 2, "named by its number"),
        (("fulltext", "1", "maybe"), 2, "on or off"),
        (("import", "/there/is/nothing.opml"), 2, "cannot be read"),
        (("import", "{file}"), 2, "names no feed"),
    ],
)
def test_what_cannot_be_done_is_told_with_what_to_do(
    tmp_path: Path, server: str, argv: tuple[str, ...], code: int, words: str
) -> None:
    (tmp_path / "empty.opml").write_text("<opml/>", encoding="utf-8")
    filled = [word.format(server=server, file=tmp_path / "empty.opml") for word in argv]

    ran = newsdesk(tmp_path / "data", "sources", *filled)

    assert (ran.returncode, ran.stdout) == (code, "")
    assert words in ran.stderr


def test_an_empty_desk_says_how_to_add_the_first_source(tmp_path: Path) -> None:
    ran = newsdesk(tmp_path / "data", "sources")

    assert "newsdesk sources add ADDRESS" in ran.stdout
