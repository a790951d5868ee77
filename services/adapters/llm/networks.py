"""What broke on the way to a provider or back."""

import json
from collections.abc import Iterator

import httpx2
from pydantic import ValidationError

from core.errors import ModelFailed
from schemas.llm import ModelCall
from services.adapters.llm.failures import Answer, is_web_page
from services.adapters.llm.place import Place
from services.model_http import shown

BROKEN: tuple[type[Exception], ...] = (
    httpx2.HTTPError,
    httpx2.InvalidURL,
    httpx2.StreamError,
    json.JSONDecodeError,
    UnicodeError,
    ValidationError,
)
"""What the client libraries let through as it is: of the network, and of replies in no form."""

_BEFORE_SENDING = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
    httpx2.InvalidURL,
    UnicodeEncodeError,
)


def page_in(error: Exception) -> Answer | None:
    """Give the web page that could not be read as JSON, None when that is not what happened."""
    for one in _chain(error):
        if isinstance(one, json.JSONDecodeError) and is_web_page(one.doc):
            return Answer(200, is_page=True)
    return None


def from_network(place: Place, error: Exception, call: ModelCall) -> ModelFailed:
    """Translate an error of the connection, as it is or as a client library wraps it."""
    root = next((one for one in _chain(error) if isinstance(one, BROKEN)), error)
    is_sent = not isinstance(root, _BEFORE_SENDING)
    if isinstance(root, httpx2.ConnectTimeout | httpx2.PoolTimeout):
        return ModelFailed(
            f"{place.name}: {place.url} did not accept a connection in time: check"
            f" {place.url_setting} and the network",
            kind="timeout",
            is_sent=False,
        )
    if isinstance(root, httpx2.TimeoutException):
        return too_slow(place, call)
    if isinstance(root, httpx2.LocalProtocolError | UnicodeEncodeError):
        return ModelFailed(
            f"{place.name}: the key holds characters that no key has: check {place.key_setting}",
            kind="auth",
            is_sent=False,
        )
    if isinstance(root, httpx2.InvalidURL | httpx2.UnsupportedProtocol):
        return ModelFailed(
            f"{place.name}: {place.url!r} is no address: check {place.url_setting}",
            kind="bad_request",
            is_sent=False,
        )
    if not is_sent:
        way = "through the proxy " if isinstance(root, httpx2.ProxyError) else ""
        return ModelFailed(
            f"{place.name}: cannot reach {place.url} {way}({shown(str(root)) or 'no answer'}):"
            f" check {place.url_setting} and the network",
            kind="overloaded",
            is_sent=False,
        )
    return ModelFailed(
        f"{place.name}: the reply of {place.url} broke off or has no known form"
        f" ({type(root).__name__})",
        kind="overloaded",
    )


def too_slow(place: Place, call: ModelCall) -> ModelFailed:
    """Say that an attempt's time was over."""
    return ModelFailed(
        f"{place.name}: {place.url} did not answer {call.task!r} within {call.timeout_s:.1f} s",
        kind="timeout",
    )


def cut_off(place: Place) -> ModelFailed:
    """Say that a stream ended before its reply was complete; what came of it is void."""
    return ModelFailed(
        f"{place.name}: the stream of {place.url} ended before the reply was complete",
        kind="overloaded",
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
