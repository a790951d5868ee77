"""Refusals and errors in the reader's words."""

from core.orchestrator.matching import Refusal
from core.rendering.words import say
from schemas.analysis import Meta
from schemas.errors import RETRYABLE, ErrorDetail, ErrorResponse


def refusal_response(
    refusal: Refusal, *, lang: str, version: str, correlation_id: str, tech_message: str = ""
) -> ErrorResponse:
    """Build the public shape of a refusal; `tech_message` is for logs and programs."""
    return ErrorResponse(
        error=ErrorDetail(
            code=refusal.code,
            user_message=say(lang, refusal.key, **dict(refusal.args))[:500],
            tech_message=(tech_message or refusal.key)[:1000],
            retryable=RETRYABLE[refusal.code],
        ),
        meta=Meta(confidence=0.0, model="local", version=version, correlation_id=correlation_id),
    )
