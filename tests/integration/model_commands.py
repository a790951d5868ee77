"""Commands about models as a terminal gives them, against stand-ins."""

import io
import subprocess
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from bot_service.cli import main
from bot_service.local_models.server import FakeProviders
from tests.integration.test_processes import environment

KEY = "local-Fake-Key-0123456789"
FOREIGN = (
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "GOOGLE_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_GEMINI_BASE_URL",
    "GOOGLE_GENAI_API_VERSION",
)


def keys_for(fake: FakeProviders) -> dict[str, str]:
    """The variables of a desk that has a key of each provider."""
    return {
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": fake.openai_url,
        "ANTHROPIC_API_KEY": KEY,
        "ANTHROPIC_BASE_URL": fake.anthropic_url,
        "GEMINI_API_KEY": KEY,
        "GOOGLE_GEMINI_BASE_URL": fake.gemini_url,
    }


def run(
    folder: Path, *argv: str, env: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end in this process, in an environment of its own."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(folder.parent)
        for name in FOREIGN:
            patch.delenv(name, raising=False)
        for name, value in environment(folder, **(env or {})).items():
            patch.setenv(name, value)
        try:
            code = main(argv)
        except SystemExit as end:  # the parser ends a command that it cannot read
            code = int(end.code or 0)
    return subprocess.CompletedProcess(argv, code, out.getvalue(), err.getvalue())
