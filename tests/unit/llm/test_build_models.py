"""Which models settings describe, and what is imported for them."""

import subprocess
import sys

import pytest
from structlog.testing import capture_logs

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
        build_models(settings(**given), is_strict=True)


@pytest.mark.parametrize(
    ("given", "variables", "says"),
    [
        ({"OPENAI_BASE_URL": "http://me:pa55@localhost:80a0/v1"}, {}, "OPENAI_BASE_URL"),
        ({"model": {"proxy": "http://me:pa55@proxy:80x"}}, {}, "NEWSDESK_MODEL__PROXY"),
        ({}, {"SSL_CERT_FILE": "/nonexistent"}, "SSL_CERT_FILE"),
        ({}, {"ALL_PROXY": "http://proxy:80x"}, "ALL_PROXY"),
    ],
)
def test_what_cannot_be_called_is_left_out_and_told_without_its_password(
    given: dict[str, object],
    variables: dict[str, str],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    given = {"OPENAI_API_KEY": "k"} | given

    with capture_logs() as lines:
        models = build_models(settings(**given))
    with pytest.raises(SettingError, match=says) as caught:
        build_models(settings(**given), is_strict=True)

    assert set(models) == {"scripted"}
    assert [(line["event"], line["log_level"], line["model"]) for line in lines] == [
        ("model.unusable", "error", "gpt-5")
    ]
    assert says in lines[0]["why"]
    assert "pa55" not in f"{lines}{caught.value}"


async def test_a_bad_address_of_one_provider_leaves_the_others() -> None:
    given = {
        "OPENAI_API_KEY": "k",
        "OPENAI_BASE_URL": "http://localhost:80a0/v1",
        "ANTHROPIC_API_KEY": "k",
    }

    models = build_models(settings(**given))

    for model in models.values():
        await model.aclose()
    assert set(models) == {"scripted", "claude"}
