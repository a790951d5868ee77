"""The screens that are edited in place: start, settings and their pages, forgetting.

Buttons of screens carry `s1:<page>[:<argument>]`; those of answers belong to `core.rendering`.
Screens are pure: state in, text and buttons out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot_service.telegram.zones import COMMON, offset_words
from core.rendering.richtext import Bold, Code, Content, Line, Paragraph
from core.rendering.words import say
from schemas.chats import ChatSettings, Person
from schemas.requests import WINDOWS
from schemas.runs import Button, ButtonRows

PREFIX = "s1:"
MAX_DATA_BYTES = 64
MAX_OPERATORS = 20
Screen = tuple[Content, ButtonRows]


@dataclass(frozen=True, slots=True)
class Tap:
    """A tapped button of a screen."""

    page: str
    argument: str = ""


def data(page: str, argument: str = "") -> str:
    """Give the callback data of a screen's button."""
    return f"{PREFIX}{page}:{argument}" if argument else f"{PREFIX}{page}"


def parse(raw: str) -> Tap | None:
    """Read callback data; None when it is not a screen's."""
    if not raw.startswith(PREFIX):
        return None
    page, _, argument = raw.removeprefix(PREFIX).partition(":")
    return Tap(page, argument)


def start_screen(lang: str, *, is_sample: bool, models: str = "") -> Screen:
    """One line, two lines of pitch, four buttons; `models` is what operators are told of them."""
    text: Content = (
        Paragraph(Bold(say(lang, "start-line"))),
        Line(say(lang, "start-pitch-1")),
        Line(say(lang, "start-pitch-2")),
        Paragraph(say(lang, "start-sample")) if is_sample else "",
        Paragraph(models) if models else "",
    )
    return text, (
        (
            Button(text=say(lang, "tap-trends"), data=data("go", "trends")),
            Button(text=say(lang, "tap-topics"), data=data("go", "topics")),
        ),
        (
            Button(text=say(lang, "tap-mood"), data=data("go", "sentiment")),
            Button(text=say(lang, "tap-settings"), data=data("set")),
        ),
    )


def settings_screen(
    settings: ChatSettings, *, lang: str, now: datetime, is_owner: bool, is_operator: bool = False
) -> Screen:
    """What is set, and a button for each thing that can be."""
    local = now.astimezone(ZoneInfo(settings.tz))
    language = language_name(settings.lang, lang)
    is_private = settings.is_private_mode
    privacy = say(lang, "settings-on") if is_private else say(lang, "settings-off")
    text: Content = (
        Paragraph(Bold(say(lang, "settings-title"))),
        Line((say(lang, "settings-language"), ": ", Bold(language))),
        Line((say(lang, "settings-zone"), ": ", Bold(settings.tz), f" · {local:%H:%M}")),
        Line((say(lang, "settings-window"), ": ", Bold(window_name(settings.window, lang)))),
        Line((say(lang, "settings-privacy"), ": ", Bold(privacy))),
        Paragraph(say(lang, "settings-privacy-about")),
    )
    switch = say(lang, "tap-privacy-off") if is_private else say(lang, "tap-privacy-on")
    rows: list[tuple[Button, ...]] = [
        (
            Button(text=say(lang, "settings-language"), data=data("lang")),
            Button(text=say(lang, "settings-zone"), data=data("tz")),
        ),
        (
            Button(text=say(lang, "settings-window"), data=data("win")),
            Button(text=switch, data=data("priv", "off" if is_private else "on")),
        ),
    ]
    if is_operator:
        rows.append((Button(text=say(lang, "tap-models"), data=data("mod")),))
    if is_owner:
        rows.append((Button(text=say(lang, "tap-operators"), data=data("ops")),))
    rows.append((_back(lang, "home"),))
    return text, tuple(rows)


def language_screen(settings: ChatSettings, *, lang: str) -> Screen:
    """Which language answers are written in."""
    choices = tuple(
        (
            Button(
                text=_marked(language_name(code, lang), is_chosen=settings.lang == code),
                data=data("lang", code or "auto"),
            ),
        )
        for code in (None, "en", "ru")
    )
    return Paragraph(Bold(say(lang, "language-title"))), (*choices, (_back(lang, "set"),))


def zone_screen(settings: ChatSettings, *, lang: str, now: datetime) -> Screen:
    """Common time zones in pairs, and how to write any other."""
    buttons = [
        Button(
            text=_marked(
                f"{say(lang, key)} · {offset_words(zone, now)}", is_chosen=settings.tz == zone
            ),
            data=data("tz", zone),
        )
        for zone, key in COMMON
    ]
    rows = tuple(tuple(buttons[i : i + 2]) for i in range(0, len(buttons), 2))
    text: Content = (
        Paragraph(Bold(say(lang, "zone-title"))),
        Line(say(lang, "zone-other")),
        Line(Code("/settings Europe/Lisbon")),
    )
    return text, (*rows, (_back(lang, "set"),))


def window_screen(settings: ChatSettings, *, lang: str) -> Screen:
    """The window of a command that names none."""
    buttons = [
        Button(
            text=_marked(window_name(window, lang), is_chosen=settings.window == window),
            data=data("win", window),
        )
        for window in WINDOWS
        if window != "1d"  # the same day as 24h
    ]
    rows = tuple(tuple(buttons[i : i + 2]) for i in range(0, len(buttons), 2))
    return Paragraph(Bold(say(lang, "window-title"))), (*rows, (_back(lang, "set"),))


def operators_screen(people: Sequence[Person], *, lang: str) -> Screen:
    """Who may run the desk besides the owner, and how to add somebody."""
    operators = [person for person in people if person.role == "operator"][:MAX_OPERATORS]
    listed = tuple(Line((f"• {person.name[:64]} · ", Code(person.id))) for person in operators)
    text: Content = (
        Paragraph(Bold(say(lang, "operators-title"))),
        listed or Line(say(lang, "operators-none")),
        Paragraph(say(lang, "operators-how")),
        Line(Code("/settings operator 123456789")),
    )
    rows = tuple(
        (
            Button(
                text=say(lang, "tap-remove", name=person.name[:30]),
                data=data("opdel", person.id),
            ),
        )
        for person in operators
    )
    return text, (*rows, (_back(lang, "set"),))


def operator_confirm_screen(name: str, person_id: str, *, lang: str) -> Screen:
    """Ask the owner before a person becomes an operator."""
    text = Paragraph((say(lang, "operator-confirm", name=name), " ", Code(person_id)))
    return text, (
        (
            Button(text=say(lang, "tap-add"), data=data("opadd", person_id)),
            Button(text=say(lang, "tap-cancel"), data=data("ops")),
        ),
    )


def forget_screen(lang: str) -> Screen:
    """Ask before a person's data is deleted."""
    text: Content = (
        Paragraph(Bold(say(lang, "forget-title"))),
        Line(say(lang, "forget-about")),
    )
    return text, (
        (
            Button(text=say(lang, "tap-forget"), data=data("forget", "yes")),
            Button(text=say(lang, "tap-cancel"), data=data("forget", "no")),
        ),
    )


def window_name(window: str, lang: str) -> str:
    """Name a window in words."""
    return say(lang, f"writer-window-{window}")


def language_name(code: str | None, lang: str) -> str:
    """Name a language in itself; None is whatever Telegram says."""
    match code:
        case "ru":
            return "Русский"
        case "en":
            return "English"
        case _:
            return say(lang, "language-auto")


def _marked(text: str, *, is_chosen: bool) -> str:
    return f"✓ {text}" if is_chosen else text


def _back(lang: str, page: str) -> Button:
    return Button(text=say(lang, "tap-back"), data=data(page))
