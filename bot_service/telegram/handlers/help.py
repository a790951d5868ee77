"""`/help`, and the answer to a command that does not exist."""

from telegram import Update

from bot_service.telegram.visits import Context, Visit, arrive
from core.rendering.richtext import Bold, Code, Content, Line, Paragraph
from core.rendering.words import say

EXAMPLES = ("/trends 24h", "/trends 1w lang=ru", "/analyze keywords 3d", "/analyze sentiment 1w")


async def help_handler(update: Update, context: Context) -> None:
    """List the commands with examples."""
    visit = await arrive(update, context)
    if visit is not None:
        await visit.tell(help_text(visit))


async def unknown_handler(update: Update, context: Context) -> None:
    """Say that there is no such command, and which there are."""
    visit = await arrive(update, context)
    if visit is not None:
        await visit.tell((Paragraph(say(visit.lang, "unknown-command")), help_text(visit)))


def help_text(visit: Visit) -> Content:
    """Give the commands with a line each, examples, and how to ask without a command."""
    lang = visit.lang
    commands = tuple(
        Line((f"/{command.name} — ", say(lang, command.description)))
        for command in visit.face.commands
    )
    examples = tuple(Line(Code(example)) for example in EXAMPLES)
    return (
        Paragraph(Bold(say(lang, "help-title"))),
        *commands,
        Paragraph(say(lang, "help-examples")),
        *examples,
        Paragraph(say(lang, "help-plain")),
    )
