"""What Telegram shows of the bot before anybody writes to it: commands and descriptions."""

from collections.abc import Sequence

from telegram import Bot, BotCommand, BotCommandScopeAllGroupChats, BotCommandScopeDefault

from bot_service.telegram.visits import Command
from core.rendering.words import LANGUAGES, say


async def publish_profile(bot: Bot, commands: Sequence[Command]) -> None:
    """Set the command menu and the descriptions, in English for everybody and in Russian.

    Raises:
        telegram.error.TelegramError: If Telegram refuses or cannot be reached.
    """
    for lang in LANGUAGES:
        code = None if lang == "en" else lang
        menu = [BotCommand(c.name, say(lang, c.description)) for c in commands]
        for_groups = [
            BotCommand(c.name, say(lang, c.description)) for c in commands if c.is_for_groups
        ]
        await bot.set_my_commands(menu, scope=BotCommandScopeDefault(), language_code=code)
        await bot.set_my_commands(
            for_groups, scope=BotCommandScopeAllGroupChats(), language_code=code
        )
        await bot.set_my_short_description(say(lang, "profile-short"), language_code=code)
        await bot.set_my_description(say(lang, "profile-about"), language_code=code)
