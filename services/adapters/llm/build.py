"""The models that settings describe, each behind its provider's adapter."""

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, assert_never

import structlog

from core.errors import SettingError
from core.ports.chat_model import ChatModel
from schemas.model_settings import DEFAULT_ENTRIES, ModelEntry
from schemas.setting_types import Secret
from schemas.settings import Settings
from services.adapters.llm.place import Place
from services.adapters.llm.scripted import ScriptedModel
from services.adapters.llm.thinking import openai_effort
from services.model_http import open_client, tls_context

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    import httpx2

    from services.adapters.llm.wired import Wire

OPENAI_URL = "https://api.openai.com/v1"
ANTHROPIC_URL = "https://api.anthropic.com"
GEMINI_URL = "https://generativelanguage.googleapis.com"

log = structlog.get_logger(__name__)

_V1 = re.compile(r"/v1$")
_ANY_VERSION = re.compile(r"/(v\d\w*)$")


@dataclass(frozen=True, slots=True)
class _Access:
    """How to reach an entry's model; an empty `key`: none. `version` is of the API, for Gemini."""

    place: Place
    key: str
    version: str | None = None


def build_models(settings: Settings, *, is_strict: bool = False) -> dict[str, ChatModel]:
    """Give an adapter for every entry that can be used, by the name that routes use.

    Entries without a key are left out; a compatible server needs an address instead. An entry's
    own key and address win over the provider's variables. Only the client libraries that are
    needed are imported, which takes up to a second each: call it away from the event loop.

    An entry whose settings are of no use is left out too, and told to the log: the others answer.

    Args:
        settings: Entries, keys, addresses and the proxy.
        is_strict: Raise instead, for an operator who tries what the settings say.

    Raises:
        SettingError: `is_strict`, and an address, the proxy or the certificates are of no use.
    """
    tls = cache(tls_context)
    models: dict[str, ChatModel] = {}
    for name, entry in {**DEFAULT_ENTRIES, **settings.model.entries}.items():
        if entry.provider == "scripted":
            models[name] = ScriptedModel(delay_s=settings.model.scripted_delay_s, name=name)
        elif (access := _access(name, entry, settings)) is not None:
            try:
                models[name] = _opened(entry, access, proxy=settings.model.proxy, tls=tls)
            except SettingError as error:
                if is_strict:
                    raise SettingError(f"the model {name!r} cannot be called: {error}") from error
                log.error("model.unusable", model=name, why=str(error))
    return models


def _opened(
    entry: ModelEntry, access: _Access, *, proxy: str | None, tls: "Callable[[], ssl.SSLContext]"
) -> ChatModel:
    """Give an entry's adapter; one that fails has no connection yet that would need closing.

    Raises:
        SettingError: Its address, the proxy or the certificates are of no use.
    """
    import httpx2  # noqa: PLC0415 - 0.15 s, paid by a desk that has a key

    from services.adapters.llm.wired import WiredModel  # noqa: PLC0415 - 0.2 s of HTTP

    place = access.place
    http = open_client(in_flight=entry.in_flight, proxy=proxy, tls=tls())
    try:
        wire = _wire(entry, access, http)
    except (httpx2.InvalidURL, OSError, ValueError) as error:
        # What the library says may hold a part of a password in the address.
        raise SettingError(
            f"{place.url_setting} is no address ({type(error).__name__}): give one like"
            f" https://host:port, {place.url_hint}"
        ) from error
    return WiredModel(place, wire)


def _wire(entry: ModelEntry, access: _Access, http: "httpx2.AsyncClient") -> "Wire":
    """Import a client library, which takes 0.5 to 1.2 s, and give the protocol over it."""
    place, effort = access.place, entry.effort
    match entry.provider:
        case "openai":
            from services.adapters.llm.openai_responses import ResponsesWire  # noqa: PLC0415

            effort = openai_effort(entry.model, effort)
            return ResponsesWire(place, http, api_key=access.key, effort=effort)
        case "compatible":
            from services.adapters.llm.openai_chat import ChatWire  # noqa: PLC0415

            return ChatWire(place, http, api_key=access.key or None, effort=effort)
        case "anthropic":
            from services.adapters.llm.anthropic import MessagesWire  # noqa: PLC0415

            return MessagesWire(place, http, api_key=access.key, effort=effort)
        case "gemini":
            from services.adapters.llm.gemini import GeminiClient  # noqa: PLC0415

            return GeminiClient(
                place, http, api_key=access.key, api_version=access.version, effort=effort
            )
        case "scripted":
            raise ValueError(f"{place.name!r} has no wire")
        case _:
            assert_never(entry.provider)


def _access(name: str, entry: ModelEntry, settings: Settings) -> _Access | None:
    """Say how to reach an entry's model, None where its key or address is missing."""
    match entry.provider:
        case "openai":
            url, usual_url = settings.openai_base_url or OPENAI_URL, "OPENAI_BASE_URL"
            usual_key, key_name = settings.openai_api_key, "OPENAI_API_KEY"
            hint = "which ends in /v1"
        case "compatible":
            url, usual_url = settings.openai_base_url or "", "OPENAI_BASE_URL"
            # OpenAI's key goes where its address goes, and to no other server.
            usual_key = None if entry.base_url else settings.openai_api_key
            key_name, hint = "OPENAI_API_KEY", "which ends in /v1 at most servers"
        case "anthropic":
            url, usual_url = settings.anthropic_base_url or ANTHROPIC_URL, "ANTHROPIC_BASE_URL"
            usual_key, key_name = settings.anthropic_api_key, "ANTHROPIC_API_KEY"
            hint = "which has no /v1 at its end"
        case "gemini":
            url, usual_url = (
                settings.google_gemini_base_url or GEMINI_URL,
                "GOOGLE_GEMINI_BASE_URL",
            )
            usual_key, key_name = settings.google_api_key, "GOOGLE_API_KEY"
            hint = "which has no version at its end, and GOOGLE_GENAI_API_VERSION"
        case _:
            return None
    root, version = _root(entry, entry.base_url or url)
    key = _bare(entry.api_key) or _bare(usual_key)
    if not root or not (key or entry.provider == "compatible"):
        return None
    own = f"of the entry {name!r} in NEWSDESK_MODEL__ENTRIES"
    place = Place(
        name=name,
        model=entry.model,
        url=root,
        url_setting=f"base_url {own}" if entry.base_url else usual_url,
        key_setting=f"api_key {own}" if entry.api_key or not usual_key else key_name,
        url_hint=hint,
    )
    return _Access(place, key, version or settings.google_genai_api_version)


def _root(entry: ModelEntry, url: str) -> tuple[str, str | None]:
    """Give the address as the client library wants it, and the version that stood at its end."""
    bare = url.rstrip("/")
    if entry.provider == "anthropic":
        return _V1.sub("", bare), None
    if entry.provider == "gemini" and (version := _ANY_VERSION.search(bare)):
        return bare[: version.start()], version[1]
    return bare, None


def _bare(secret: Secret) -> str:
    return "" if secret is None else secret.get_secret_value()
