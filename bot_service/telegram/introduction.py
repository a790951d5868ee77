"""Makes a new bot known: is the token right, and what people see before they write."""

from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot_service.commands import COMMANDS
from bot_service.telegram.profile import publish_profile
from core.errors import SettingError


async def introduce(token: str, root: str) -> str:
    """Check a token by getMe, set commands and descriptions; gives the bot's username.

    Raises:
        SettingError: Telegram refuses the token, or cannot be reached.
    """
    bot = Bot(token, base_url=f"{root}/bot", base_file_url=f"{root}/file/bot")
    try:
        async with bot:
            me = await bot.get_me()
            await publish_profile(bot, COMMANDS)
    except InvalidToken:
        raise SettingError(
            "Telegram refuses this token; copy it again from @BotFather (/mybots, API Token)"
        ) from None
    except TelegramError as error:
        # The error may quote the address that was called, which holds the token.
        reason = str(error).replace(token, "…")
        raise SettingError(f"Telegram at {root} could not be used: {reason}; try again") from None
    return me.username or str(me.id)
