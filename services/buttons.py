"""What happens when somebody presses a button under an answer."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never

import structlog

from core.access import visible
from core.errors import (
    IndexFailed,
    IndexFull,
    NewsdeskError,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreUnreachable,
    UsageError,
)
from core.orchestrator.matching import Refusal
from core.orchestrator.refusals import refusal_response
from core.orchestrator.state import Progress
from core.ports.index import IndexFilter, SearchIndex
from core.ports.store import Store
from core.rendering.buttons import (
    downvote_buttons,
    expired_buttons,
    explain_buttons,
    sources_buttons,
)
from core.rendering.callbacks import NO_RUN, Callback, parse_callback
from core.rendering.explain import render_explain
from core.rendering.lists import render_similar, render_sources
from core.rendering.words import say
from core.retrieval.search import find_similar
from core.text.tokens import clean_display
from monitoring.metrics import Metrics
from schemas.errors import ErrorCode, ErrorResponse
from schemas.principal import Principal
from schemas.requests import WINDOWS, NewsRequest
from schemas.runs import (
    ButtonRows,
    EvidenceCard,
    Reply,
    RichText,
    StoredRun,
    VoteReason,
)
from services.answer_runs import present
from services.answering import Answering
from services.patience import Patience

log = structlog.get_logger(__name__)

How = Literal["edit", "send", "toast"]
MODES = ("keywords", "sentiment", "topics")
REASONS: tuple[VoteReason, ...] = ("wrong", "old", "useless")
SIMILAR = 8
SNIPPET = 400


@dataclass(frozen=True, slots=True)
class ButtonOutcome:
    """What to show: `edit` the message in place, `send` a new one, or only a `toast`."""

    reply: Reply
    how: How
    toast: str | None = None


@dataclass(frozen=True, slots=True)
class ButtonParts:
    """What buttons work with."""

    store: Store
    index: SearchIndex
    metrics: Metrics
    version: str
    now: Callable[[], datetime]


class Buttons:
    """Answers presses from the stored run; nothing is kept in memory."""

    def __init__(self, parts: ButtonParts, answering: Answering) -> None:
        self._parts = parts
        self._answering = answering
        self._patience = Patience()

    async def press(
        self, principal: Principal, data: str, *, on_progress: Progress | None = None
    ) -> ButtonOutcome:
        """Do what a button says; never raises for an unknown, expired or foreign one."""
        try:
            callback = parse_callback(data)
        except UsageError:
            return self._refused(principal, "writer-button-unknown")
        try:
            return await self._press(principal, callback, on_progress)
        except NewsdeskError as error:
            log.error("button.failed", verb=callback.verb, error=repr(error))
            return self._failed(principal, error)

    async def _press(
        self, principal: Principal, callback: Callback, on_progress: Progress | None
    ) -> ButtonOutcome:
        if callback.run_id == NO_RUN:
            return await self._ask_anew(principal, callback, on_progress)
        async with self._parts.store.transaction(is_write=False) as work:
            run = await work.runs.get(callback.run_id)
        if run is None:
            return self._expired(principal, callback)
        if run.tenant != principal.tenant or run.chat != principal.chat:
            return self._refused(principal, "writer-button-foreign")
        await self._record(principal, callback)
        return await self._do(principal, callback, run, on_progress)

    async def _do(
        self,
        principal: Principal,
        callback: Callback,
        run: StoredRun,
        on_progress: Progress | None,
    ) -> ButtonOutcome:
        lang = run.request.reply_lang
        match callback.verb:
            case "re" | "rt" | "wi" | "mo":
                request = _again(callback, run.request)
                if request is None:
                    return self._refused(principal, "writer-button-unknown")
                reply = await self._answering.answer(principal, request, on_progress=on_progress)
                return ButtonOutcome(reply, "send" if callback.verb == "mo" else "edit")
            case "ex":
                rich = render_explain(run, lang=lang, tz=principal.tz)
                return _page(run, rich, explain_buttons(run.id, lang=lang))
            case "al":
                page = int(callback.arg or "1")
                rich, pages = render_sources(run, page=page, lang=lang, tz=principal.tz)
                rows = sources_buttons(run.id, min(max(page, 1), pages), pages, lang=lang)
                return _page(run, rich, rows)
            case "si":
                cards = await self._similar(principal, run)
                rich = render_similar(cards, lang=lang, tz=principal.tz)
                return _page(run, rich, explain_buttons(run.id, lang=lang))
            case "up" | "dn" | "dr":
                return await self._vote(principal, callback, run)
            case "an":
                return ButtonOutcome(present(run, principal), "edit")
            case "no":
                return ButtonOutcome(present(run, principal), "toast")
            case _ as never:
                assert_never(never)

    async def _vote(
        self, principal: Principal, callback: Callback, run: StoredRun
    ) -> ButtonOutcome:
        lang = run.request.reply_lang
        reason = next((r for r in REASONS if r == callback.arg), None)
        vote: Literal["up", "down"] = "up" if callback.verb == "up" else "down"
        async with self._parts.store.transaction() as work:
            await work.runs.vote(
                run.id,
                person=principal.person or "",
                vote=vote,
                reason=reason,
                at=self._parts.now(),
            )
        self._parts.metrics.answer_feedback_total.labels(
            command=run.request.command, vote=vote
        ).inc()
        if callback.verb == "dn":
            reply = present(run, principal)
            asking = reply.model_copy(update={"buttons": downvote_buttons(run.id, lang=lang)})
            return ButtonOutcome(asking, "edit", say(lang, "writer-button-why"))
        toast = say(lang, "writer-button-thanks")
        how: How = "edit" if callback.verb == "dr" else "toast"
        return ButtonOutcome(present(run, principal), how, toast)

    async def _similar(self, principal: Principal, run: StoredRun) -> list[EvidenceCard]:
        """Find other articles near those that the answer cites, nearest first."""
        cited = [card.article_id for card in run.evidence if card.is_cited]
        visibility = visible(principal)
        hits = await find_similar(
            self._parts.index,
            cited,
            where=IndexFilter(visibility=visibility, end=run.request.as_of or run.at),
            limit=SIMILAR,
        )
        async with self._parts.store.transaction(is_write=False) as work:
            articles = await work.articles.get(visibility, [hit.id for hit in hits])
        return [
            EvidenceCard(
                article_id=a.id,
                title=clean_display(a.title) or a.source,
                url=a.url,
                date=a.published_at.date().isoformat() if a.published_at else None,
                source=a.source,
                family=a.family,
                snippet=clean_display(a.text[: 4 * SNIPPET])[:SNIPPET],
                lang=a.lang,
                views=a.views,
            )
            for a in articles
        ]

    async def _record(self, principal: Principal, callback: Callback) -> None:
        try:
            await self._patience.wait(self._store_click(principal, callback))
        except StoreError as error:
            # What a button shows does not depend on being counted.
            log.warning("click.not_recorded", error=repr(error))

    async def _store_click(self, principal: Principal, callback: Callback) -> None:
        async with self._parts.store.transaction() as work:
            await work.ops.record_event(
                "click",
                principal,
                ref=callback.run_id,
                at=self._parts.now(),
                data={"verb": callback.verb},
            )

    async def _ask_anew(
        self, principal: Principal, callback: Callback, on_progress: Progress | None
    ) -> ButtonOutcome:
        """Answer a button that stands in the place of an answer that is no longer stored."""
        plain = NewsRequest(command="trends", reply_lang=principal.lang)
        request = _again(callback, plain)
        if request is None:
            return self._refused(principal, "writer-button-unknown")
        reply = await self._answering.answer(principal, request, on_progress=on_progress)
        return ButtonOutcome(reply, "send")

    def _expired(self, principal: Principal, callback: Callback) -> ButtonOutcome:
        """Say that an answer is gone and offer new ones; what is left in the chat stays."""
        refused = self._refused(principal, "writer-button-expired").reply
        asked = _again(callback, NewsRequest(command="trends"))
        window = asked.window if asked is not None else "24h"
        buttons = expired_buttons(lang=principal.lang, window=window)
        return ButtonOutcome(refused.model_copy(update={"buttons": buttons}), "send")

    def _failed(self, principal: Principal, error: NewsdeskError) -> ButtonOutcome:
        match error:
            case StoreUnreachable():
                key = "writer-refuse-store"
            case StoreBusy():
                key = "writer-refuse-busy"
            case StoreFull() | IndexFull():
                key = "writer-refuse-full"
            case IndexFailed():
                key = "writer-refuse-index"
            case _:
                key = "writer-refuse-internal"
        return self._refused(principal, key, code="INTERNAL")

    def _refused(
        self, principal: Principal, key: str, *, code: ErrorCode = "VALIDATION_FAILED"
    ) -> ButtonOutcome:
        """Say why a button cannot work, as a reply that leaves the message as it is."""
        response: ErrorResponse = refusal_response(
            Refusal(code, key),
            lang=principal.lang,
            version=self._parts.version,
            correlation_id=secrets.token_hex(6),
        )
        text = response.error.user_message
        reply = Reply(text=text, response=response, correlation_id=response.meta.correlation_id)
        return ButtonOutcome(reply, "toast", text)


def _again(callback: Callback, request: NewsRequest) -> NewsRequest | None:
    """Give the request that a button repeats, changed as it says; None for a wrong argument."""
    match callback.verb:
        case "wi" if callback.arg in WINDOWS:
            return request.model_copy(update={"window": callback.arg, "is_fresh": False})
        case "mo" if callback.arg in MODES:
            return request.model_copy(update={"command": callback.arg, "is_fresh": False})
        case "re" | "rt":
            return request.model_copy(update={"is_fresh": True})
        case _:
            return None


def _page(run: StoredRun, rich: RichText, buttons: ButtonRows) -> ButtonOutcome:
    reply = Reply(
        text=rich.text,
        entities=rich.entities,
        buttons=buttons,
        response=run.response,
        correlation_id=run.correlation_id,
    )
    return ButtonOutcome(reply, "edit")
