"""The operators' screen about language models, with the button that switches them."""

from datetime import UTC
from typing import TYPE_CHECKING

from bot_service.telegram import model_screens as screens
from bot_service.telegram.model_screens import ModelState
from bot_service.telegram.screens import Screen, Tap
from bot_service.telegram.visits import Visit, is_operator
from core.rendering.words import say
from services.model_keys import keys_found, receivers, search_receiver

if TYPE_CHECKING:
    from services.desk import Desk


async def tap_models(visit: Visit, tap: Tap) -> tuple[Screen | None, str | None]:
    """Switch models or show how they stand; gives the screen to show or a toast."""
    if not is_operator(visit):
        return None, say(visit.lang, "models-operators-only")
    desk, toast = visit.face.desk, None
    if tap.argument in ("on", "off") and not desk.models.is_on_by_setting:
        is_on = tap.argument == "on"
        await desk.models.turn(is_on)
        toast = say(visit.lang, "models-turned-on" if is_on else "models-turned-off")
    today = desk.now().astimezone(UTC).date()
    spent = await desk.spending.report(visit.principal, "model", since=today, until=today)
    return screens.models_screen(await state_of(desk), spent, lang=visit.lang), toast


async def state_of(desk: "Desk") -> ModelState:
    """Give how language models stand on a desk."""
    return ModelState(
        is_on=await desk.models.is_on(),
        is_by_setting=desk.models.is_on_by_setting,
        keys=keys_found(desk.settings),
        receivers=receivers(desk.settings),
        search=search_receiver(desk.settings),
    )
