"""What `newsdesk sources` asks: orders of an operator's command line, and their reports."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never

from core.errors import SourceFailed, UsageError
from core.rendering.source_words import shown_address
from core.rhythm import state_of
from schemas.principal import PUBLIC, Principal
from schemas.sources import PolledSource, SourceLine, SourceOrder, SourceReport
from services.polling import Polling
from services.polls import PollResult
from services.sources import SourceDesk

OnProgress = Callable[[int, int | None], None]

OPERATOR = Principal(roles=frozenset({"operator"}))
"""Whoever has the command line runs the desk; the private sources of chats stay theirs."""


@dataclass(frozen=True, slots=True)
class SourceOrders:
    """Carries out orders of the command line."""

    desk: SourceDesk
    polling: Polling

    async def carry_out(
        self, order: SourceOrder, *, on_progress: OnProgress | None = None
    ) -> SourceReport:
        """Do what is ordered and report on the sources that it was about.

        Raises:
            UsageError: The order cannot be carried out as it stands.
            SourceFailed: What was to be added cannot be read.
        """
        match order.action:
            case "list":
                return _report(await self.desk.listed(OPERATOR))
            case "add":
                return await self._add(order.address)
            case "pause" | "resume" | "remove" | "fulltext":
                return _report([await self._change(order, _id(order))])
            case "export":
                opml = await self.desk.export_opml(OPERATOR, has_secrets=True)
                return SourceReport(opml=opml.decode("utf-8"))
            case "import":
                return SourceReport(added=await self.desk.import_opml(OPERATOR, _body(order)))
            case "check":
                return await self._check(on_progress)
            case _:
                assert_never(order.action)

    async def _change(self, order: SourceOrder, source_id: int) -> PolledSource:
        if order.action == "remove":
            return await self.desk.remove(OPERATOR, source_id)
        if order.action == "fulltext":
            return await self.desk.set_full_text(OPERATOR, source_id, order.is_on)
        status: Literal["active", "paused"] = "paused" if order.action == "pause" else "active"
        return await self.desk.set_status(OPERATOR, source_id, status)

    async def _add(self, address: str) -> SourceReport:
        found = await self.desk.look(OPERATOR, address)
        if not found:
            raise SourceFailed(
                f"there is no feed at {shown_address(address)!r}, and the page names none",
                reason="not_a_feed",
            )
        source = await self.desk.add(OPERATOR, found[0], is_private=False)
        also = tuple(shown_address(other.url) for other in found[1:])
        return _report([source]).model_copy(update={"also": also})

    async def _check(self, on_progress: OnProgress | None) -> SourceReport:
        """Poll every active source now, due or not."""
        sources = [s for s in await self.desk.listed(OPERATOR) if s.status == "active"]
        n_done = 0

        def report(_: PollResult) -> None:
            nonlocal n_done
            n_done += 1
            if on_progress is not None:
                on_progress(n_done, len(sources))

        await self.polling.poll_all(sources, on_polled=report)
        return _report(await self.desk.listed(OPERATOR))


def line_of(source: PolledSource) -> SourceLine:
    """Give a source as a list shows it."""
    failure = source.failure if source.n_failures else None
    return SourceLine(
        id=source.source.id,
        title=source.source.title,
        kind=source.source.kind,
        url=shown_address(source.url),
        site_url=None if source.site_url is None else shown_address(source.site_url),
        state=state_of(source),
        has_full_text=source.has_full_text,
        is_private=source.source.audience != PUBLIC,
        per_day=source.per_day,
        n_items=source.n_items,
        n_failures=source.n_failures,
        added_at=source.added_at,
        last_success_at=source.last_success_at,
        last_new_at=source.last_new_at,
        next_poll_at=_next(source),
        reason=failure.reason if failure else None,
        problem=failure.detail if failure else None,
    )


def _next(source: PolledSource) -> datetime | None:
    return source.next_poll_at if source.status == "active" else None


def _report(sources: Sequence[PolledSource]) -> SourceReport:
    return SourceReport(sources=tuple(line_of(source) for source in sources))


def _id(order: SourceOrder) -> int:
    if order.source_id is None:
        raise UsageError(
            f"{order.action} takes the number of a source, as `newsdesk sources` shows it",
            field="source",
        )
    return order.source_id


def _body(order: SourceOrder) -> bytes:
    try:
        return base64.b64decode(order.body_b64, validate=True)
    except binascii.Error as error:
        raise UsageError(f"the OPML file arrived broken ({error})", field="option") from error
