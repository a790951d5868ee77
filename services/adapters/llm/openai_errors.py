"""What OpenAI's client library raises."""

import json

import openai

from services.adapters.llm.failures import Answer
from services.adapters.llm.wired import NoReply

ERRORS: tuple[type[Exception], ...] = (openai.OpenAIError,)
_PAGE = "text/html"


def answer_of(error: Exception) -> Answer | None:
    """Give what the server answered; None when it is the connection that failed."""
    if isinstance(error, openai.APIStatusError | openai.APIResponseValidationError):
        response = error.response
        return Answer(response.status_code, response.text, dict(response.headers))
    if isinstance(error, openai.APIConnectionError):
        return None
    if isinstance(error, openai.APIError):  # inside a stream
        return Answer(200, json.dumps({"error": error.body}, default=str))
    return None


def stop_at_pages(reply: object, content_type: str = "") -> None:
    """Refuse what is a text or a web page where a reply belongs: the address is wrong.

    Raises:
        NoReply: It is one.
    """
    if isinstance(reply, str) or content_type.startswith(_PAGE):
        body = reply if isinstance(reply, str) else ""
        raise NoReply(Answer(200, body, is_page=True))
