"""Whether the examples in the documents run, and their links and tables say what the code does."""

import argparse
import asyncio
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot_service.cli import build_parser
from bot_service.commands import COMMANDS
from schemas.articles import RawItem
from schemas.requests import WINDOWS
from schemas.settings import Settings
from services.adapters.sources.jsonl import read_jsonl
from services.wiring import open_desk
from tests.architecture.source import ROOT
from tests.architecture.test_documents import documents

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
EXAMPLE_FIELDS = {
    "identity": "harbor-1",
    "title": "A ferry",
    "text": "The ferry sails.",
    "address": "https://daily-harbor.example/1",
    "source": "Daily Harbor",
    "language": "en",
    "date": "2026-03-02T08:30:00Z",
}


def blocks(language: str) -> list[tuple[str, str]]:
    """Every fenced block of a language: where it stands, and its code."""
    found = []
    for document in documents():
        text = document.read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            if match[2] == language:
                line = text.count("\n", 0, match.start()) + 1
                found.append((f"{document.relative_to(ROOT)}:{line}", match[3]))
    return found


def named(language: str) -> list[object]:
    return [pytest.param(code, id=where) for where, code in blocks(language)]


@pytest.fixture(scope="module")
def desk_with_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the sample news of a fixed day."""
    folder = tmp_path_factory.mktemp("desk")

    async def fill() -> None:
        settings = Settings(data_dir=folder, now=NOW)
        async with open_desk(settings) as desk:
            await desk.load_sample()

    asyncio.run(fill())
    return folder


@pytest.mark.parametrize("code", named("python"))
def test_a_program_in_the_documents_runs_and_gets_answers(
    code: str, desk_with_sample: Path, tmp_path: Path
) -> None:
    env = {
        **os.environ,
        "NEWSDESK_DATA_DIR": str(desk_with_sample),
        "NEWSDESK_NOW": NOW.isoformat(),
        "PYTHONPATH": str(ROOT),
    }

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip()
    assert not re.search(r"NO_DATA|INTERNAL|VALIDATION_FAILED", done.stdout), done.stdout


@pytest.mark.parametrize("code", named("jsonl"))
def test_json_lines_in_the_documents_can_be_imported(code: str) -> None:
    items = list(read_jsonl(io.BytesIO(code.encode()), now=NOW))

    assert [item for item in items if not isinstance(item, RawItem)] == []
    assert all(isinstance(item, RawItem) and item.published_at for item in items)


def field_rows() -> Iterator[tuple[str, list[str]]]:
    """The fields of the import's reference page, each with the names it is read by."""
    page = (ROOT / "docs/reference/jsonl.md").read_text(encoding="utf-8")
    for label, names in re.findall(r"^\| (\w+) \| ((?:`\w+` ?)+)\|", page, re.MULTILINE):
        yield label, re.findall(r"`(\w+)`", names)


@pytest.mark.parametrize(
    ("label", "name"), [(label, name) for label, names in field_rows() for name in names]
)
def test_each_field_name_in_the_reference_is_read_as_its_field(label: str, name: str) -> None:
    line = json.dumps({"text": "Other words.", name: EXAMPLE_FIELDS[label]})
    attribute = {
        "identity": "guid",
        "address": "url",
        "language": "lang",
        "date": "published_at",
    }.get(label, label)

    (item,) = read_jsonl(io.BytesIO(line.encode()), now=NOW)

    expected: object = EXAMPLE_FIELDS[label]
    if label == "date":
        expected = datetime.fromisoformat(EXAMPLE_FIELDS[label])
    if label == "text" and name != "text":  # an earlier name wins
        expected = "Other words."
    assert getattr(item, attribute) == expected


def test_the_reference_of_import_fields_is_complete() -> None:
    assert {label for label, _ in field_rows()} == set(EXAMPLE_FIELDS)


def slug(heading: str) -> str:
    """The anchor of a heading as code hosts make it."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def test_links_to_headings_lead_to_headings() -> None:
    broken = []
    for document in documents():
        for target, anchor in re.findall(
            r"\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)", document.read_text(encoding="utf-8")
        ):
            page = document.parent / target if target else document
            headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
            if anchor not in map(slug, headings):
                broken.append(f"{document.name}: {target}#{anchor}")

    assert broken == []


def test_pictures_exist_are_small_and_are_described() -> None:
    pictures = [
        (document, tag)
        for document in documents()
        for tag in re.findall(r"<img [^>]+>", document.read_text(encoding="utf-8"))
    ]

    assert pictures
    for document, tag in pictures:
        (source,) = re.findall(r'src="([^"]+)"', tag)
        assert (document.parent / source).stat().st_size < 300_000, source
        assert re.search(r'alt="[^"]{20,}"', tag), f"{source} has no description"


def test_every_document_is_in_the_index() -> None:
    folder = ROOT / "docs"
    listed = set(re.findall(r"\]\(([^)#]+\.md)", (folder / "README.md").read_text()))

    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*.md")}

    assert there - listed == {"README.md", "RUNBOOK.md"}


def commands_page() -> str:
    return (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")


def subcommands() -> dict[str, argparse.ArgumentParser]:
    (action,) = (
        action
        for action in build_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    return dict(action.choices)


def test_the_reference_lists_every_command_of_the_terminal_and_no_other() -> None:
    listed = re.findall(r"^\| `newsdesk (\w+)", commands_page(), re.MULTILINE)

    assert sorted(listed) == sorted(subcommands())


def test_the_reference_lists_every_option_of_the_terminal_with_its_commands() -> None:
    listed: dict[str, set[str]] = {}
    for cell, commands in re.findall(r"^\| (`--[^|]+) \| ([^|]+) \|", commands_page(), re.M):
        for option in re.findall(r"`(--[\w-]+)`", cell):
            listed[option] = set(commands.split(", "))
    real: dict[str, set[str]] = {"--version": {"newsdesk"}, "--help": {"all"}}
    for command, parser in subcommands().items():
        for action in parser._actions:
            for option in set(action.option_strings) - {"-h", "--help"}:
                real.setdefault(option, set()).add(command)

    assert listed == real


def test_the_reference_lists_every_command_of_the_chat_and_where_it_works() -> None:
    rows = re.findall(r"^\| `/(\w+)[^|]*\| [^|]+ \| (yes|no) \|", commands_page(), re.MULTILINE)

    assert dict(rows) == {c.name: "yes" if c.is_for_groups else "no" for c in COMMANDS}


@pytest.mark.parametrize("document", ["README.md", "docs/reference/commands.md"])
def test_the_documents_list_every_window(document: str) -> None:
    assert f"`{' '.join(WINDOWS)}`" in (ROOT / document).read_text(encoding="utf-8")
