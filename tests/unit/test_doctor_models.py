import json
from typing import Any

import pytest

from bot_service.doctor_models import model_findings, unknown_models
from bot_service.findings import Finding
from schemas.model_reports import KeyFound, ModelLine, ModelsReport, RoutePlace
from schemas.model_settings import BudgetSettings, ModelSettings
from schemas.settings import EmbedderSettings, Settings

NO_KEYS = dict.fromkeys(
    ("openai_api_key", "anthropic_api_key", "google_api_key", "openai_base_url")
)
KEY = "k-0123456789"


def settings(**values: Any) -> Settings:
    """Settings that the environment of the machine cannot change."""
    return Settings(_env_file=None, **(NO_KEYS | values))


def routed(*names: str, **more: Any) -> ModelSettings:
    return ModelSettings.model_validate({"routes": {"compose": names}} | more)


def report(*lines: ModelLine, is_on: bool = True) -> ModelsReport:
    return ModelsReport(are_models_on=is_on, is_by_setting=False, models=lines)


def found(given: Settings, told: ModelsReport | None = None) -> list[Finding]:
    return model_findings(given, told)


def words(findings: list[Finding]) -> str:
    return json.dumps([[f.level, f.seen, f.advice] for f in findings])


def test_without_keys_and_switched_off_all_is_well() -> None:
    (finding,) = found(settings())

    assert finding.level == "ok"
    assert finding.seen == "off: no question and no text goes to a model"


def test_keys_that_lie_there_while_models_are_off_are_named_with_what_would_leave() -> None:
    (finding,) = found(settings(openai_api_key=KEY), report(is_on=False))

    assert finding.level == "note"
    assert "keys found: OPENAI_API_KEY" in finding.seen
    assert "headlines and excerpts of cited articles go to OpenAI" in finding.advice
    assert KEY not in words([finding])


def test_an_operators_button_counts_as_much_as_the_setting() -> None:
    by_button = found(settings(openai_api_key=KEY), report(is_on=True))
    by_setting = found(settings(openai_api_key=KEY, models="on"))

    assert by_button[0] == by_setting[0]
    assert by_button[0].seen.startswith("on: gpt-5; keys found: OPENAI_API_KEY")


@pytest.mark.parametrize(
    ("values", "seen"),
    [
        ({}, "on, but no key was found"),
        ({"openai_api_key": KEY, "model": routed("claude")}, "on, but no route names one with a"),
    ],
)
def test_models_that_are_on_without_any_to_ask_are_a_warning(
    values: dict[str, Any], seen: str
) -> None:
    (finding, *_) = found(settings(models="on", **values))

    assert (finding.level, finding.seen.startswith(seen)) == ("warning", True)
    assert finding.advice


@pytest.mark.parametrize(
    ("values", "seen"),
    [
        ({"openai_base_url": "https://gate.example"}, "which does not end in /v1"),
        ({"openai_base_url": "http://gate.example/v1"}, "a key goes to gate.example unencrypted"),
        ({"budget": BudgetSettings(global_day_usd=0)}, "NEWSDESK_BUDGET__GLOBAL_DAY_USD is 0"),
        ({"model": ModelSettings(local_fallback="off")}, "plain code may not answer"),
    ],
)
def test_what_is_set_oddly_is_told(values: dict[str, Any], seen: str) -> None:
    assert seen in words(found(settings(models="on", openai_api_key=KEY, **values)))


@pytest.mark.parametrize(
    "url", ["https://api.example/v1", "https://api.example/v1/", "http://127.0.0.1:9/openai/v1"]
)
def test_an_address_that_can_be_right_is_not_mentioned(url: str) -> None:
    findings = found(settings(models="on", openai_api_key=KEY, openai_base_url=url))

    assert [f.level for f in findings] == ["ok"]


def test_a_model_that_nobody_knows_the_price_of_is_named_where_a_route_leads_to_it() -> None:
    line = ModelLine(
        name="odd",
        provider="openai",
        model="gpt-of-nobody",
        routes=(RoutePlace(task="compose", position=1),),
        key=KeyFound(state="found", setting="OPENAI_API_KEY"),
        url=None,
        price=None,
        requests_per_minute=0,
        tokens_per_minute=0,
        requests_per_day=0,
        status_page=None,
        support=None,
    )
    idle = line.model_copy(update={"name": "idle", "routes": ()})

    told = words(found(settings(openai_api_key=KEY), report(line, idle)))

    assert "nobody knows what 'odd' (gpt-of-nobody) costs" in told
    assert "idle" not in told


def test_a_search_that_sends_text_out_is_told_though_models_are_off() -> None:
    embedder = EmbedderSettings(name="gemini:gemini-embedding-001")

    findings = found(settings(google_api_key=KEY, embedder=embedder), report(is_on=False))

    assert "every question and the beginning of every article go to Google Gemini" in words(
        findings
    )


def test_a_route_that_names_no_entry_is_a_problem() -> None:
    (finding,) = unknown_models(settings(model=routed("claud")))

    assert (finding.level, "'claud'" in finding.seen) == ("problem", True)
    assert "gpt-5, claude, gemini-2.5-pro" in finding.advice
