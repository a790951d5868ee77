import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from schemas.model_reports import KeyFound, Receiver
from schemas.model_settings import DEFAULT_ENTRIES, ModelEntry, ModelSettings
from schemas.settings import EmbedderSettings, Settings
from services.adapters.llm.build import ANTHROPIC_URL, GEMINI_URL, OPENAI_URL, build_models
from services.model_keys import (
    USUAL_URLS,
    entries_of,
    is_usable,
    key_of,
    keys_found,
    receivers,
    search_receiver,
    shown_url,
    unknown_names,
)

KEYS = ("openai_api_key", "anthropic_api_key", "google_api_key", "openai_base_url")
URL = "http://127.0.0.1:9/v1"


def settings(**values: object) -> Settings:
    """Settings that the environment of the machine cannot change."""
    blank: dict[str, object] = dict.fromkeys(KEYS) | {"google_gemini_base_url": None}
    return Settings(_env_file=None, **(blank | {"anthropic_base_url": None} | values))  # type: ignore[arg-type]


def own(**values: object) -> ModelEntry:
    return ModelEntry.model_validate({"provider": "compatible", "model": "m"} | values)


OWN_ENTRIES = {
    "bare": own(),
    "placed": own(base_url=URL),
    "keyed": own(base_url=URL, api_key="k"),
    "keyed-bare": own(api_key="k"),
    "second": own(provider="openai", api_key="k"),
    "blank": own(provider="anthropic", api_key=" "),
}


@profile(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(st.sampled_from(KEYS[:3]), st.sampled_from(["k", " ", ""])),
    st.sampled_from([None, URL]),
    st.sets(st.sampled_from(sorted(OWN_ENTRIES))),
)
def test_a_model_is_called_usable_exactly_when_it_is_wired(
    keys: dict[str, str], base_url: str | None, names: set[str]
) -> None:
    entries = {name: OWN_ENTRIES[name] for name in names}
    given_ = settings(**keys, openai_base_url=base_url, model=ModelSettings(entries=entries))

    usable = {n for n, e in entries_of(given_).items() if is_usable(key_of(n, e, given_))}

    assert usable == set(build_models(given_))


def test_the_usual_addresses_are_those_that_are_called() -> None:
    assert USUAL_URLS == {"openai": OPENAI_URL, "anthropic": ANTHROPIC_URL, "gemini": GEMINI_URL}


@pytest.mark.parametrize(
    ("variables", "setting"),
    [
        ({"GEMINI_API_KEY"}, "GEMINI_API_KEY"),
        ({"GOOGLE_API_KEY", "GEMINI_API_KEY"}, "GOOGLE_API_KEY"),
        (set(), "GOOGLE_API_KEY or GEMINI_API_KEY"),
    ],
)
def test_the_variable_of_a_key_is_named(variables: set[str], setting: str) -> None:
    entry = DEFAULT_ENTRIES["gemini-2.5-pro"]

    found = key_of("g", entry, settings(google_api_key="k"), variables=variables)

    assert found == KeyFound(state="found", setting=setting)


def test_an_entrys_own_key_wins_and_is_named_by_its_entry() -> None:
    entry = own(provider="openai", api_key="k")

    found = key_of("mine", entry, settings(openai_api_key="other"))

    assert found.setting == "api_key of 'mine' in NEWSDESK_MODEL__ENTRIES"


def test_keys_are_named_by_vendor_and_other_hosts_without_their_passwords() -> None:
    given_ = settings(
        anthropic_api_key="k",
        openai_api_key="k",
        openai_base_url="http://user:secret@gate.example:8000/v1",
        model=ModelSettings(entries={"llama": own(base_url="http://127.0.0.1:11434/v1")}),
    )

    assert keys_found(given_) == (
        Receiver(vendor="OpenAI", host="gate.example:8000"),
        Receiver(vendor="Anthropic", host=None),
        Receiver(vendor=None, host="127.0.0.1:11434"),
    )
    assert shown_url(DEFAULT_ENTRIES["gpt-5"], given_) == "http://gate.example:8000/v1"


def test_only_those_that_routes_lead_to_are_sent_something() -> None:
    routes = {"compose": ("claude", "local"), "topic_modeler": ("scripted",)}

    given_ = settings(
        anthropic_api_key="k",
        openai_api_key="k",
        model=ModelSettings.model_validate({"routes": routes}),
    )

    assert [r.vendor for r in receivers(given_)] == ["Anthropic"]
    assert receivers(settings()) == ()


@pytest.mark.parametrize(
    ("name", "receiver"),
    [
        ("hashing", None),
        ("/models/encoder", None),
        ("openai:text-embedding-3-small", Receiver(vendor="OpenAI", host=None)),
        ("gemini:gemini-embedding-001", Receiver(vendor="Google Gemini", host=None)),
    ],
)
def test_who_is_sent_text_to_search_by_meaning_is_known(
    name: str, receiver: Receiver | None
) -> None:
    assert search_receiver(settings(embedder=EmbedderSettings(name=name))) == receiver


def test_names_that_no_entry_has_are_found() -> None:
    routes = {"compose": ("claud", "local", "gpt-5")}

    given_ = settings(model=ModelSettings.model_validate({"routes": routes}))

    assert unknown_names(given_) == ["claud"]
