"""What `newsdesk doctor` says of language models: keys, what leaves the machine, what is odd."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from bot_service.findings import LOOPBACK, Finding
from core.rendering.receivers import receivers_in_words
from schemas.model_reports import ModelLine, ModelsReport, Receiver
from schemas.settings import Settings
from services.model_keys import (
    ENTRIES_SETTING,
    entries_of,
    is_usable,
    key_of,
    keys_found,
    receivers,
    search_receiver,
    shown_url,
    unknown_names,
)
from services.wiring import set_variables

SUBJECT = "language models"
SENT = "the words of a question, computed figures, headlines and excerpts of cited articles go to"
_BUDGETS = ("command_usd", "user_day_usd", "chat_day_usd", "global_day_usd")


def unknown_models(settings: Settings) -> list[Finding]:
    """Name what routes ask for and no entry has; such a desk does not start."""
    return [
        Finding(
            "problem",
            SUBJECT,
            f"a route names {name!r}, and there is no such entry",
            f"correct NEWSDESK_MODEL__ROUTES, or add it to {ENTRIES_SETTING}; there are "
            f"{', '.join(entries_of(settings))}",
        )
        for name in unknown_names(settings)
    ]


def model_findings(settings: Settings, report: ModelsReport | None) -> list[Finding]:
    """Give every finding about models; `report` None: the desk could not be opened."""
    is_on = settings.models == "on" if report is None else report.are_models_on
    found = [_state(settings, is_on=is_on)]
    usable = {
        name
        for name, entry in entries_of(settings).items()
        if entry.provider != "scripted" and is_usable(key_of(name, entry, settings))
    }
    if usable:
        found += _addresses(settings, usable)
        found += _prices(() if report is None else report.models)
        found += _budgets(settings)
        if settings.model.local_fallback == "off":
            seen = "plain code may not answer in their place: without one, readers get an error"
            found.append(Finding("note", SUBJECT, seen))
    search = search_receiver(settings)
    if search is not None:
        seen = "every question and the beginning of every article go to " + _names([search])
        found.append(Finding("note", "search by meaning", seen))
    return found


def _state(settings: Settings, *, is_on: bool) -> Finding:
    keys, sent_to = keys_found(settings), receivers(settings)
    if not is_on:
        if not keys:
            seen = "off: no question and no text goes to a model"
            return Finding("ok", SUBJECT, seen)
        return Finding(
            "note",
            SUBJECT,
            f"off, so nothing goes to a model; keys found: {_keys(settings)}",
            f"NEWSDESK_MODELS=on or an operator's button in /settings switches them on; then "
            f"{SENT} {_names(sent_to) or 'nobody, as no route names them'}",
        )
    named = {name for route in settings.model.routes.values() for name in route}
    wired = [
        name
        for name, entry in entries_of(settings).items()
        if name in named and is_usable(key_of(name, entry, settings))
    ]
    if not wired:
        if keys:
            advice = f"correct NEWSDESK_MODEL__ROUTES; keys found: {_keys(settings)}"
            return Finding("warning", SUBJECT, "on, but no route names one with a key", advice)
        advice = (
            "set OPENAI_API_KEY, ANTHROPIC_API_KEY or GOOGLE_API_KEY, or name a server of your "
            f"own in {ENTRIES_SETTING}"
        )
        return Finding("warning", SUBJECT, "on, but no key was found", advice)
    seen = f"on: {', '.join(wired)}"
    if sent_to:
        seen += f"; keys found: {_keys(settings)}; {SENT} {_names(sent_to)}"
    return Finding("ok", SUBJECT, seen, "`newsdesk models check` calls each one once")


def _keys(settings: Settings) -> str:
    """Name the variables and settings that hold keys, or the servers that need none."""
    found: dict[str, None] = {}
    variables = set_variables()
    for name, entry in entries_of(settings).items():
        key = key_of(name, entry, settings, variables=variables)
        if entry.provider == "scripted" or not is_usable(key):
            continue
        found[key.setting or f"none needed at {shown_url(entry, settings)}"] = None
    return ", ".join(found)


def _names(receivers_: Sequence[Receiver]) -> str:
    return receivers_in_words(receivers_, "en", has_hosts=True)


def _addresses(settings: Settings, usable: set[str]) -> Iterator[Finding]:
    """Look at addresses that cannot be right, and at keys that others on the way could read."""
    told: set[str] = set()
    for name, entry in entries_of(settings).items():
        url = shown_url(entry, settings)
        if name not in usable or url is None or url in told:
            continue
        told.add(url)
        where = f"base_url of {name!r}" if entry.base_url else "OPENAI_BASE_URL"
        if entry.provider in ("openai", "compatible") and not _ends_in_version(url):
            seen = f"{where} is {url}, which does not end in /v1"
            advice = "add /v1, unless that server has it otherwise; `newsdesk models check` tells"
            yield Finding("warning", SUBJECT, seen, advice)
        host = urlsplit(url).hostname or ""
        is_open = url.startswith("http://") and host not in LOOPBACK
        if is_open and key_of(name, entry, settings).state == "found":
            advice = "use https://, or a network that nobody else listens to"
            yield Finding("warning", SUBJECT, f"a key goes to {host} unencrypted", advice)


def _ends_in_version(url: str) -> bool:
    last = urlsplit(url).path.rstrip("/").rpartition("/")[2]
    return last.startswith("v") and last[1:2].isdigit()


def _prices(lines: Sequence[ModelLine]) -> Iterator[Finding]:
    for line in lines:
        if line.routes and line.price is None and is_usable(line.key):
            yield Finding(
                "warning",
                SUBJECT,
                f"nobody knows what {line.name!r} ({line.model}) costs, so it is never asked",
                f"set its `price` in {ENTRIES_SETTING}, zeros where it costs nothing",
            )


def _budgets(settings: Settings) -> Iterator[Finding]:
    for name in _BUDGETS:
        if getattr(settings.budget, name) == 0:
            variable = f"NEWSDESK_BUDGET__{name.upper()}"
            seen = f"{variable} is 0: no model that costs something is ever asked"
            yield Finding("warning", "budgets", seen, "raise it, or leave models off")
