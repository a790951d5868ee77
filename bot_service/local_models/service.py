"""The stand-ins themselves: whom they let in, what they write, what goes wrong, what it costs."""

import asyncio
import itertools
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from bot_service.local_models.asked import Asked, Ending, Prompt, Refusal, Written
from bot_service.local_models.bill import Bill, Call, Seen
from bot_service.local_models.body import parse_json
from bot_service.local_models.catalog import PROVIDERS, Model, Provider
from bot_service.local_models.counting import BYTES_PER_TOKEN, PromptCache, count_tokens
from bot_service.local_models.endings import CutBody, Dropped, Hanging, Streamed
from bot_service.local_models.faults import ActiveFault, Fault, Faults
from bot_service.local_models.spoiling import add_unknown, spoil
from bot_service.local_models.wire import Manners, Wire, encode_event
from bot_service.local_models.wording import write
from schemas.llm import Usage

Script = Callable[[Prompt], str]
"""Writes a model's whole text for a prompt, in place of what it would write itself."""

_PAGE = "<!doctype html><title>Welcome</title><h1>It works!</h1><p>This is no API.</p>"
_FIRST_WORD_SHARE = 0.25
"""Share of the latency that passes before a stream's first piece."""


@dataclass(frozen=True, slots=True)
class Place:
    """One address: whose it is, what for as the bill names it, whether a model writes there."""

    provider: Provider
    manners: Manners
    endpoint: str
    is_wording: bool = False


@dataclass(frozen=True, slots=True)
class Incoming:
    """One request as its handler gets it.

    `model` is the one that the address names, `page` that of the bill it came in on.
    """

    place: Place
    request_id: str
    raw: bytes
    fault: ActiveFault | None
    model: str = ""
    page: int = 0

    @property
    def provider(self) -> Provider:
        """Who is called."""
        return self.place.provider

    @property
    def trouble(self) -> Fault | None:
        """The name of the fault, if there is one."""
        return self.fault.name if self.fault else None


Work = Callable[[Incoming], Awaitable[Response]]


class Providers:
    """The state of all stand-ins, and how each request passes through them."""

    def __init__(self, *, latency_s: float = 0.0) -> None:
        self.faults = Faults()
        self.bill = Bill()
        self.latency_s: dict[Provider, float] = dict.fromkeys(PROVIDERS, latency_s)
        self.scripts: dict[Provider, Script] = {}
        self._cache = PromptCache()
        self._numbers = itertools.count(1)

    async def serve(
        self, request: Request, work: Work, *, place: Place, model: str = ""
    ) -> Response:
        """Give the answer to a request: what `work` makes of it, a refusal, or a fault."""
        page = self.bill.page
        call = Incoming(
            place,
            f"{place.manners.request_prefix}{next(self._numbers):08d}",
            await request.body(),
            self.faults.take(place.provider, is_wording=place.is_wording),
            model,
            page,
        )
        try:
            early = await self._show_early(call)
            if early is not None:
                self._note(call, early)
                return early
            _check_key(place, place.manners.read_key(request.headers))
            response = await work(call)
        except Refusal as refusal:
            rejected = place.manners.reject(refusal, call.request_id)
            response = json_response(rejected.body, rejected.headers, status=rejected.status)
        response.headers[place.manners.request_header] = call.request_id
        self._note(call, response)
        return response

    async def word(self, call: Incoming, wire: Wire) -> Response:
        """Let a model write, and charge for it.

        Raises:
            Refusal: The provider does not take the request.
        """
        asked = wire.read(parse_json(call.raw), call.model)
        if count_tokens(asked.text) > asked.model.context_tokens:
            raise Refusal("context_too_long", param="messages", model=asked.model.asked)
        written = self._write(asked, call)
        latency_s = self.latency_s[call.provider]
        await asyncio.sleep(latency_s * (_FIRST_WORD_SHARE if asked.is_stream else 1))
        self.charge(call, asked.model, written.usage, is_stream=asked.is_stream)
        is_counted = call.trouble != "no_usage"
        is_newer = call.trouble == "unknown_fields"
        if not asked.is_stream:
            whole = wire.whole(asked, written, is_counted)
            reply = json_response(add_unknown(whole) if is_newer else whole)
            is_cut = call.trouble == "cut_stream"
            return CutBody(reply.body, headers=dict(reply.headers)) if is_cut else reply
        return Streamed(
            [
                encode_event(name, add_unknown(data) if is_newer else data)
                for name, data in wire.events(asked, written, is_counted)
            ],
            headers={"cache-control": "no-store"},
            seconds=latency_s * (1 - _FIRST_WORD_SHARE),
            is_cut=call.trouble == "cut_stream",
        )

    def charge(
        self, call: Incoming, model: Model, usage: Usage, *, is_stream: bool = False
    ) -> None:
        """Charge for a call that a model has served."""
        self.bill.charge(
            Call(
                provider=call.provider,
                model=model.id,
                asked_model=model.asked,
                endpoint=call.place.endpoint,
                usage=usage,
                request_id=call.request_id,
                is_stream=is_stream,
                is_told=call.trouble not in ("no_usage", "cut_stream"),
                fault=call.trouble,
            ),
            page=call.page,
        )

    def _write(self, asked: Asked, call: Incoming) -> Written:
        script = self.scripts.get(call.provider)
        good = write(asked) if script is None else script(asked.prompt())
        text = spoil(good, call.fault, asked)
        ending = _ENDINGS.get(call.trouble or "auth", "done")
        thought = asked.reasoning_tokens
        room = None if asked.max_tokens is None else max(0, asked.max_tokens - thought)
        if ending == "length":
            text = text[: len(text) // 2]
        elif room is not None and call.trouble != "huge" and count_tokens(text) > room:
            text = text.encode()[: room * BYTES_PER_TOKEN].decode(errors="ignore")
            ending = "length"
        if asked.max_tokens is not None:
            thought = min(thought, asked.max_tokens)
        cached, created = self._cache.read(asked)
        usage = Usage(
            input_tokens=count_tokens(asked.text),
            cached_tokens=cached,
            output_tokens=count_tokens(text) + thought,
            reasoning_tokens=thought,
        )
        return Written(text, usage, ending, call.request_id, created, int(time.time()))

    async def _show_early(self, call: Incoming) -> Response | None:
        """Show a fault that does not depend on the request; None when the call goes on."""
        if call.fault is None:
            return None
        options = call.fault.options
        match call.fault.name:
            case "hang":
                return Hanging()
            case "dropped" | "refused":
                return Dropped()
            case "html":
                return HTMLResponse(_PAGE, status_code=options.status)
            case "slow_first_byte":
                await asyncio.sleep(options.delay_s)
            case "rate_limited":
                raise Refusal("rate_limited", retry_after_s=options.retry_after_s)
            case "auth":
                raise Refusal("wrong_key")
            case "not_found":
                raise Refusal("unknown_model", param="model", model=_named_model(call))
            case "exhausted" | "server_error" | "overloaded" | "context_too_long":
                raise Refusal(call.fault.name, model=_named_model(call))
            case _:
                return None
        return None

    def _note(self, call: Incoming, response: Response) -> None:
        is_silent = isinstance(response, Hanging | Dropped)
        text = call.raw.decode(errors="replace")
        status = 0 if is_silent else response.status_code
        self.bill.note(Seen(call.provider, call.place.endpoint, status, call.trouble, text))


_ENDINGS: dict[Fault, Ending] = {
    "truncated": "length",
    "content_filter": "content_filter",
    "refusal": "refusal",
}


def _check_key(place: Place, key: str) -> None:
    match key:
        case "" if place.provider != "compatible":  # servers of one's own ask for none
            raise Refusal("no_key")
        case "wrong":
            raise Refusal("wrong_key")
        case "expired":
            raise Refusal("expired_key")
        case _:
            return


def _named_model(call: Incoming) -> str:
    """Give the model that a request names, however malformed the rest of it is."""
    if call.model:
        return call.model
    try:
        value = json.loads(call.raw or b"{}")
    except ValueError:
        return ""
    return str(value.get("model", "")) if isinstance(value, dict) else ""


def json_response(
    body: object, headers: dict[str, str] | None = None, *, status: int = 200
) -> Response:
    """Give JSON as the providers send it, letters unescaped."""
    return Response(
        json.dumps(body, ensure_ascii=False),
        status_code=status,
        headers=headers,
        media_type="application/json",
    )
