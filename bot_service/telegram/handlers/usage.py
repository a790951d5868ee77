"""`/usage`: what a person has asked and what it cost; for operators, the whole desk."""

from datetime import UTC, timedelta

from telegram import Update

from bot_service.telegram import model_screens as screens
from bot_service.telegram.screens import Screen, Tap
from bot_service.telegram.visits import Context, Visit, arrive, is_operator
from core.rendering.words import say

DAYS = 7


async def usage_handler(update: Update, context: Context) -> None:
    """Show a person's commands and dollars; in a group, say where they are shown."""
    visit = await arrive(update, context)
    if visit is None:
        return
    if visit.place.is_group or visit.principal.person is None:
        await visit.tell(say(visit.lang, "usage-in-private"))
        return
    await visit.tell(*await _own(visit))


async def tap_usage(visit: Visit, tap: Tap) -> tuple[Screen | None, str | None]:
    """Do what a button of these screens says; gives the screen to show or a toast."""
    if visit.place.is_group or visit.principal.person is None:
        return None, say(visit.lang, "usage-in-private")
    if tap.argument not in ("model", "command"):
        return await _own(visit), None
    if not is_operator(visit):
        return None, say(visit.lang, "models-operators-only")
    desk = visit.face.desk
    today = desk.now().astimezone(UTC).date()
    report = await desk.spending.report(
        visit.principal,
        "command" if tap.argument == "command" else "model",
        since=today - timedelta(days=DAYS - 1),
        until=today,
    )
    return screens.desk_usage_screen(report, lang=visit.lang), None


async def _own(visit: Visit) -> Screen:
    report = await visit.face.desk.spending.own(visit.principal)
    return screens.own_usage_screen(report, lang=visit.lang, is_operator=is_operator(visit))
