"""`/settings`: one screen, edited in place, with Back."""

from typing import cast

from telegram import Bot, ChatMember, Update
from telegram.error import TelegramError

from bot_service.telegram import screens
from bot_service.telegram.screens import Screen, Tap
from bot_service.telegram.visits import Context, Visit, arrive, is_operator, words_after_command
from bot_service.telegram.zones import nearest_zone, zone_named
from core.rendering.richtext import Code, Line
from core.rendering.words import LANGUAGES, say
from schemas.requests import WINDOWS, Window

OPERATOR = "operator"


async def settings_handler(update: Update, context: Context) -> None:
    """Show the screen; `/settings Europe/Berlin` sets the zone, `operator ID` asks to add one."""
    visit = await arrive(update, context)
    if visit is None or update.message is None:
        return
    words = words_after_command(update.message)
    first, _, rest = words.partition(" ")
    if not words:
        await visit.tell(*settings_of(visit))
    elif first.casefold() == OPERATOR:
        await ask_to_add(visit, context.bot, rest.strip())
    elif not await may_change(visit, context.bot):
        await visit.tell(say(visit.lang, "settings-admins-only"))
    else:
        await _change_zone_by_words(visit, words)


async def contact_handler(update: Update, context: Context) -> None:
    """Offer the owner to make a shared contact an operator."""
    visit = await arrive(update, context)
    if visit is None or update.message is None or update.message.contact is None:
        return
    user_id = update.message.contact.user_id
    if not is_owner(visit):
        await visit.tell(say(visit.lang, "only-text"))
    elif user_id is None:
        await visit.tell(say(visit.lang, "operator-no-account"))
    else:
        await ask_to_add(visit, context.bot, str(user_id))


async def change_zone(visit: Visit, zone: str) -> None:
    """Set a chat's time zone and show the screen with it."""
    settings = visit.chat.settings.model_copy(update={"tz": zone})
    visit = await visit.with_settings(settings)
    await visit.tell(*settings_of(visit))


async def ask_to_add(visit: Visit, bot: Bot, person_id: str) -> None:
    """Ask the owner whether a person shall become an operator."""
    lang = visit.lang
    if not is_owner(visit):
        await visit.tell(say(lang, "operators-owner-only"))
    elif not person_id.isascii() or not person_id.isdigit() or len(person_id) > 20:
        await visit.tell((Line(say(lang, "operators-how")), Line(Code("/settings operator 123"))))
    else:
        name = await name_of(bot, person_id)
        await visit.tell(*screens.operator_confirm_screen(name, person_id, lang=lang))


async def tap_settings(visit: Visit, tap: Tap, bot: Bot) -> tuple[Screen | None, str | None]:
    """Do what a settings button says; gives the screen to show and a toast, each if any."""
    if tap.page in {"ops", "opadd", "opdel"}:
        return await _tap_operators(visit, tap, bot)
    if tap.argument and not await may_change(visit, bot):
        return None, say(visit.lang, "settings-admins-only")
    settings, lang = visit.chat.settings, visit.lang
    change: dict[str, object]
    match tap.page, tap.argument:
        case "lang", "":
            return screens.language_screen(settings, lang=lang), None
        case "tz", "":
            now = visit.face.desk.now()
            return screens.zone_screen(settings, lang=lang, now=now), None
        case "win", "":
            return screens.window_screen(settings, lang=lang), None
        case "lang", ("auto" | "en" | "ru") as code:
            change = {"lang": code if code in LANGUAGES else None}
        case "tz", name if (zone := await zone_named(name)) is not None:
            change = {"tz": zone}
        case "win", window if window in WINDOWS:
            change = {"window": cast(Window, window)}
        case "priv", ("on" | "off") as state:
            change = {"is_private_mode": state == "on"}
        case _:
            return settings_of(visit), None
    visit = await visit.with_settings(settings.model_copy(update=change))
    return settings_of(visit), say(visit.lang, "settings-saved")


def settings_of(visit: Visit) -> Screen:
    """Give the settings screen of a visit's chat."""
    return screens.settings_screen(
        visit.chat.settings,
        lang=visit.lang,
        now=visit.face.desk.now(),
        is_owner=is_owner(visit),
        is_operator=is_operator(visit),
    )


def is_owner(visit: Visit) -> bool:
    """Say whether this is the owner in a chat of their own."""
    return "owner" in visit.principal.roles and not visit.place.is_group


async def may_change(visit: Visit, bot: Bot) -> bool:
    """Say whether a person may change a chat's settings: in groups only its administrators."""
    if not visit.place.is_group or visit.is_anonymous_admin:
        return True
    if visit.principal.person is None:
        return False
    try:
        member = await bot.get_chat_member(visit.place.chat_id, int(visit.principal.person))
    except TelegramError:
        return False  # unknown members are no administrators
    return member.status in {ChatMember.OWNER, ChatMember.ADMINISTRATOR}


async def name_of(bot: Bot, person_id: str) -> str:
    """Give the name that Telegram shows for a person, else their id."""
    try:
        chat = await bot.get_chat(int(person_id))
    except TelegramError:
        return person_id  # somebody who never wrote to the bot has no name for it
    return chat.effective_name or person_id


async def _change_zone_by_words(visit: Visit, words: str) -> None:
    zone = await zone_named(words)
    if zone is not None:
        await change_zone(visit, zone)
        return
    nearest = await nearest_zone(words) or "Europe/Berlin"
    await visit.tell(
        (Line(say(visit.lang, "zone-unknown", words=words[:60])), Code(f"/settings {nearest}"))
    )


async def _tap_operators(visit: Visit, tap: Tap, bot: Bot) -> tuple[Screen | None, str | None]:
    desk = visit.face.desk
    if not is_owner(visit):
        return None, say(visit.lang, "operators-owner-only")
    toast = None
    if tap.page == "opadd" and tap.argument.isdigit():
        name = await name_of(bot, tap.argument)
        await desk.chats.add_operator(visit.principal, tap.argument, name)
        toast = say(visit.lang, "operator-added")
    elif tap.page == "opdel" and tap.argument.isdigit():
        await desk.chats.remove_operator(visit.principal, tap.argument)
        toast = say(visit.lang, "operator-removed")
    people = await desk.chats.operators(visit.principal)
    return screens.operators_screen(people, lang=visit.lang), toast
