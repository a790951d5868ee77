"""Which models settings describe, and what is imported for them."""

import subprocess
import sys

import pytest

from core.errors import SettingError
from schemas.settings import Settings
from services.adapters.llm.build import build_models

LLAMA = {"provider": "compatible", "model": "llama3.3", "base_url": "http://127.0.0.1:11434/v1"}


def settings(**given: object) -> Settings:
    return Settings(_env_file=None, **given)  # type: ignore[call-arg, arg-type]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, {"scripted"}),
        ({"OPENAI_API_KEY": "k"}, {"scripted", "gpt-5"}),
        ({"ANTHROPIC_API_KEY": "k"}, {"scripted", "claude"}),
        ({"GOOGLE_API_KEY": "k"}, {"scripted", "gemini-2.5-pro"}),
        ({"model": {"entries": {"llama": LLAMA}}}, {"scripted", "llama"}),
        ({"model": {"entries": {"llama": LLAMA | {"base_url": None}}}}, {"scripted"}),
        (
            {
                "model": {
                    "entries": {"claude": {"provider": "anthropic", "model": "m", "api_key": "k"}}
                }
            },
            {"scripted", "claude"},
        ),
    ],
)
async def test_a_model_is_there_when_its_key_or_its_address_is(
    given: dict[str, object], names: set[str]
) -> None:
    models = build_models(settings(**given))

    for model in models.values():
        await model.aclose()
    assert set(models) == names
    assert all(model.name == name for name, model in models.items())


def test_a_desk_without_keys_imports_no_client_library() -> None:
    code = (
        "import sys; from schemas.settings import Settings;"
        "from services.adapters.llm.build import build_models;"
        "build_models(Settings(_env_file=None));"
        "print([m for m in ('openai','anthropic','google.genai','httpx2') if m in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={}
    )

    assert done.stdout.strip() == "[]"


def test_a_socks_proxy_that_cannot_be_spoken_stops_the_start() -> None:
    given = {"OPENAI_API_KEY": "k", "model": {"proxy": "socks5://127.0.0.1:1080"}}

    with pytest.raises(SettingError, match=r"NEWSDESK_MODEL__PROXY.*socksio"):
        build_models(settings(**given))
