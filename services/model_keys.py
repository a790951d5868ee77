"""Which keys of language models are there, by the names of their variables; never their values."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from core.rendering.source_words import shown_address
from schemas.llm import Provider
from schemas.model_reports import KeyFound, Receiver
from schemas.model_settings import DEFAULT_ENTRIES, ModelEntry
from schemas.setting_types import Secret
from schemas.settings import Settings

ENTRIES_SETTING: Final = "NEWSDESK_MODEL__ENTRIES"
GEMINI_KEYS: Final = ("GOOGLE_API_KEY", "GEMINI_API_KEY")
"""Both are read, the first before the second."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """Who stands behind a provider: its name, its status page, and where it gives support."""

    name: str
    status_page: str
    support: str


VENDORS: Final[Mapping[Provider, Vendor]] = {
    "openai": Vendor("OpenAI", "https://status.openai.com", "https://help.openai.com"),
    "anthropic": Vendor("Anthropic", "https://status.claude.com", "https://support.claude.com"),
    "gemini": Vendor(
        "Google Gemini",
        "https://aistudio.google.com/status",
        "https://ai.google.dev/gemini-api/docs/troubleshooting",
    ),
}
"""Servers of one's own and scripts have no vendor."""

USUAL_URLS: Final[Mapping[Provider, str]] = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "gemini": "https://generativelanguage.googleapis.com",
}
"""Where each vendor's API is unless a setting says otherwise."""


def entries_of(settings: Settings) -> dict[str, ModelEntry]:
    """Give every model that routes may name: the built-in ones, and beside or over them yours."""
    return {**DEFAULT_ENTRIES, **settings.model.entries}


def key_of(
    name: str, entry: ModelEntry, settings: Settings, *, variables: Collection[str] = ()
) -> KeyFound:
    """Say whether an entry can be reached, and by which variable or setting.

    Args:
        name: The entry's name in routes.
        entry: Its own key and address win over the provider's variables.
        settings: Holds those variables.
        variables: Names that are set, where a key may have one of several.
    """
    own = f"api_key of {name!r} in {ENTRIES_SETTING}"
    match entry.provider:
        case "scripted":
            return KeyFound(state="not_needed", setting="")
        case "compatible":
            return _compatible_key(own, entry, settings)
        case "openai":
            usual, variable = settings.openai_api_key, "OPENAI_API_KEY"
        case "anthropic":
            usual, variable = settings.anthropic_api_key, "ANTHROPIC_API_KEY"
        case "gemini":
            usual = settings.google_api_key
            variable = next((k for k in GEMINI_KEYS if k in variables), " or ".join(GEMINI_KEYS))
    if _is_set(entry.api_key):
        return KeyFound(state="found", setting=own)
    return KeyFound(state="found" if _is_set(usual) else "missing", setting=variable)


def url_of(entry: ModelEntry, settings: Settings) -> str | None:
    """Give the root of an entry's API as it is set, credentials included; None: nowhere."""
    usual = {
        "openai": settings.openai_base_url,
        "compatible": settings.openai_base_url,
        "anthropic": settings.anthropic_base_url,
        "gemini": settings.google_gemini_base_url,
    }
    return entry.base_url or usual.get(entry.provider) or USUAL_URLS.get(entry.provider)


def shown_url(entry: ModelEntry, settings: Settings) -> str | None:
    """Give the same as people may see it, without user name and password."""
    url = url_of(entry, settings)
    return None if url is None else shown_address(url)


def is_usable(key: KeyFound) -> bool:
    """Say whether a model with such a key is a part of routes."""
    return key.state != "missing"


def keys_found(settings: Settings) -> tuple[Receiver, ...]:
    """Give the vendors whose keys are there, and the servers of one's own."""
    return _receivers(settings, entries_of(settings))


def receivers(settings: Settings) -> tuple[Receiver, ...]:
    """Give who is sent something while models are on: those that routes lead to."""
    return _receivers(settings, {n for route in settings.model.routes.values() for n in route})


def search_receiver(settings: Settings) -> Receiver | None:
    """Give who is sent every question and article to find by meaning; None: nobody is."""
    provider = settings.embedder.name.partition(":")[0]
    match provider if ":" in settings.embedder.name else "":
        case "openai":
            url, usual = settings.openai_base_url, USUAL_URLS["openai"]
        case "gemini":
            url, usual = settings.google_gemini_base_url, USUAL_URLS["gemini"]
        case _:
            return None
    vendor = VENDORS["openai" if provider == "openai" else "gemini"]
    return Receiver(vendor=vendor.name, host=None if url in (None, usual) else _host(url))


def _receivers(settings: Settings, names: Collection[str]) -> tuple[Receiver, ...]:
    found: dict[Receiver, None] = {}
    for name, entry in entries_of(settings).items():
        is_there = is_usable(key_of(name, entry, settings))
        if name not in names or entry.provider == "scripted" or not is_there:
            continue
        url, vendor = url_of(entry, settings), VENDORS.get(entry.provider)
        is_usual = url == USUAL_URLS.get(entry.provider)
        host = None if is_usual else _host(url)
        found[Receiver(vendor=None if vendor is None else vendor.name, host=host)] = None
    return tuple(found)


def _host(url: str | None) -> str:
    """Give host and port of an address, which may not be one."""
    try:
        return urlsplit(url or "").netloc.rpartition("@")[2]
    except ValueError:
        return shown_address(url or "")


def unknown_names(settings: Settings) -> list[str]:
    """Name what routes ask for and no entry has."""
    named = {name for route in settings.model.routes.values() for name in route}
    return sorted(named - {"local"} - set(entries_of(settings)))


def _compatible_key(own: str, entry: ModelEntry, settings: Settings) -> KeyFound:
    """A server of one's own needs an address; a key goes along where there is one for it."""
    if _is_set(entry.api_key):
        is_there = bool(entry.base_url or settings.openai_base_url)
        return KeyFound(state="found" if is_there else "missing", setting=own)
    if entry.base_url:
        return KeyFound(state="not_needed", setting="")
    if settings.openai_base_url:
        has_key = _is_set(settings.openai_api_key)
        return KeyFound(
            state="found" if has_key else "not_needed", setting="OPENAI_API_KEY" if has_key else ""
        )
    return KeyFound(state="missing", setting=f"base_url in {ENTRIES_SETTING}, or OPENAI_BASE_URL")


def _is_set(secret: Secret) -> bool:
    return secret is not None and bool(secret.get_secret_value())
