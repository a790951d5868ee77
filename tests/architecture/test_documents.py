"""Whether what the documents promise exists: commands, targets, settings, generated pages."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot_service.reference import render_graph, render_settings, settings_fields
from schemas.errors import RETRYABLE
from tests.architecture.source import ROOT

NO_COMMAND = frozenset({"is", "and", "or", "the", "data"})
RUN = "import sys; from bot_service.cli import main; sys.exit(main())"


def documents() -> Iterator[Path]:
    yield from sorted(ROOT.glob("*.md"))
    yield from sorted((ROOT / "docs").rglob("*.md"))


def code_of(document: Path) -> str:
    """The code of a document: fenced blocks and inline code."""
    text = document.read_text(encoding="utf-8")
    return "\n".join(
        [*re.findall(r"```\w*\n(.*?)```", text, re.DOTALL), *re.findall(r"`([^`\n]+)`", text)]
    )


def named_commands() -> list[str]:
    found = {
        match
        for document in documents()
        for match in re.findall(r"(?:^|[\s$(])newsdesk ([a-z]+)", code_of(document), re.MULTILINE)
    }
    return sorted(found - NO_COMMAND)


@pytest.mark.parametrize("command", named_commands())
def test_a_command_that_the_documents_name_exists(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN, command, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-500:]


def test_a_make_target_that_the_documents_name_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        target
        for document in documents()
        for target in re.findall(r"(?:^|[\s$(])make ([a-z]+)", code_of(document), re.MULTILINE)
    }

    assert named - targets == set()


def test_the_example_environment_lists_every_setting_and_no_other() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8")

    listed = re.findall(r"^#?([A-Z][A-Z0-9_]+)=", lines, re.MULTILINE)

    assert sorted(listed) == sorted(name for name, _ in settings_fields())


@pytest.mark.parametrize(
    ("page", "render"), [("settings.md", render_settings), ("graph.md", render_graph)]
)
def test_a_generated_page_is_what_make_docs_would_write(
    page: str, render: Callable[[], str]
) -> None:
    assert (ROOT / "docs/reference" / page).read_text(encoding="utf-8") == render()


def test_the_runbook_has_a_section_for_every_public_error_code() -> None:
    headings = re.findall(r"^#+ (.+)$", (ROOT / "RUNBOOK.md").read_text(), re.MULTILINE)

    assert [code for code in RETRYABLE if not any(code in h for h in headings)] == []


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{document.name}: {target}"
        for document in documents()
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", document.read_text())
        if not (document.parent / target).exists()
    ]

    assert broken == []


def test_every_pinned_package_has_a_hash_and_the_lock_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = re.split(r"\n(?=[a-z0-9])", lock)[1:]

    assert [pin.split(" ")[0] for pin in pins if "--hash=sha256:" not in pin] == []
    assert "://" not in lock
