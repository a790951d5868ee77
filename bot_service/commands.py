"""The commands of the bot, on one screen: what `/help` lists and Telegram's menu shows."""

from bot_service.telegram.handlers.about import privacy_handler, status_handler
from bot_service.telegram.handlers.analyze import analyze_handler
from bot_service.telegram.handlers.help import help_handler
from bot_service.telegram.handlers.settings import settings_handler
from bot_service.telegram.handlers.sources import sources_handler
from bot_service.telegram.handlers.start import forget_handler, start_handler
from bot_service.telegram.handlers.trends import trends_handler
from bot_service.telegram.handlers.usage import usage_handler
from bot_service.telegram.visits import Command

__all__ = ["COMMANDS", "analyze_handler", "trends_handler"]

COMMANDS = (
    Command("trends", trends_handler, "command-trends", is_for_groups=True),
    Command("analyze", analyze_handler, "command-analyze", is_for_groups=True),
    Command("sources", sources_handler, "command-sources", is_for_groups=True),
    Command("settings", settings_handler, "command-settings", is_for_groups=True),
    Command("status", status_handler, "command-status", is_for_groups=True),
    Command("help", help_handler, "command-help", is_for_groups=True),
    Command("usage", usage_handler, "command-usage", is_for_groups=False),
    Command("privacy", privacy_handler, "command-privacy", is_for_groups=True),
    Command("forget", forget_handler, "command-forget", is_for_groups=False),
    Command("start", start_handler, "command-start", is_for_groups=False),
)
