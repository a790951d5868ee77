"""The last step: an answer as a reader sees it."""

from collections.abc import Sequence

from core.rendering.answers import render_answer
from core.rendering.buttons import answer_buttons, error_buttons
from core.rendering.errors import render_error
from schemas.analysis import AnalysisResponse
from schemas.errors import ErrorResponse
from schemas.facts import Facts
from schemas.principal import Principal
from schemas.requests import NewsRequest
from schemas.runs import EvidenceCard, Reply


def render_reply(
    response: AnalysisResponse | ErrorResponse,
    *,
    run_id: str,
    request: NewsRequest,
    principal: Principal,
    facts: Facts | None,
    cards: Sequence[EvidenceCard],
) -> Reply:
    """Give text, entities and buttons for an answer, a refusal or an error."""
    lang = request.reply_lang
    if isinstance(response, ErrorResponse):
        rich = render_error(response, lang=lang)
        buttons = error_buttons(run_id, response, request, lang=lang)
    else:
        rich = render_answer(response, facts, lang=lang, tz=principal.tz, cards=cards)
        buttons = answer_buttons(run_id, request, lang=lang)
    return Reply(
        text=rich.text,
        entities=rich.entities,
        buttons=buttons,
        response=response,
        correlation_id=response.meta.correlation_id,
    )
