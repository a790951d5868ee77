"""Refusals and errors in words."""

from core.rendering.richtext import Code, Line, Paragraph, flatten
from core.rendering.units import one_line
from core.rendering.words import say
from schemas.errors import ErrorResponse
from schemas.runs import RichText


def render_error(error: ErrorResponse, *, lang: str) -> RichText:
    """Write an error for a chat: its words and the number to find it by, nothing technical."""
    number = one_line(error.meta.correlation_id)
    return flatten(
        (
            Paragraph(one_line(error.error.user_message)),
            Line((say(lang, "error-id"), " ", Code(number))) if number else "",
        )
    )
