"""What attempts on language models cost, added up."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, assert_never

from sqlalchemy import and_, case, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from schemas.llm import Usage
from schemas.spending import SpendingBy, SpendingLine
from services.adapters.store.statements import AnyRow
from services.adapters.store.tables import model_call
from services.adapters.store.times import to_epoch

DAY_S = 86_400

_WAS_SENT = or_(model_call.c.state != "released", model_call.c.outcome.is_not(None))
_FAILED = and_(model_call.c.outcome.is_not(None), model_call.c.outcome != "ok")
_ESTIMATED = model_call.c.state.in_(("reserved", "settled_estimate"))


async def spending(
    connection: AsyncConnection,
    by: SpendingBy,
    *,
    since: datetime,
    until: datetime,
    person: str | None,
    limit: int,
) -> list[SpendingLine]:
    """Give one line for each model, command, person, chat or day, dearest first; days by date."""
    key = _key(by)
    total = func.sum(model_call.c.micro_usd)
    asked = (
        select(
            key.label("key"),
            func.count().label("n_attempts"),
            _count(_FAILED).label("n_failed"),
            _count(_ESTIMATED).label("n_estimated"),
            func.sum(model_call.c.input_tokens).label("input_tokens"),
            func.sum(model_call.c.cached_tokens).label("cached_tokens"),
            func.sum(model_call.c.output_tokens).label("output_tokens"),
            func.sum(model_call.c.reasoning_tokens).label("reasoning_tokens"),
            total.label("micro_usd"),
        )
        .where(model_call.c.at >= to_epoch(since), model_call.c.at < to_epoch(until), _WAS_SENT)
        .group_by(key)
        .order_by(*([key] if by == "day" else [total.desc(), key]))
        .limit(limit)
    )
    if person is not None:
        asked = asked.where(model_call.c.person == person)
    return [_line(by, row) for row in await connection.execute(asked)]


async def command_costs(
    connection: AsyncConnection, *, since: datetime
) -> Mapping[str, tuple[int, int]]:
    """Give for each command how many runs used a model, and their micro-dollars."""
    rows = await connection.execute(
        select(
            model_call.c.command,
            func.count(model_call.c.run_id.distinct()).label("n_runs"),
            func.sum(model_call.c.micro_usd).label("micro_usd"),
        )
        .where(model_call.c.at >= to_epoch(since), model_call.c.state != "released")
        .group_by(model_call.c.command)
    )
    return {str(row.command): (int(row.n_runs), int(row.micro_usd)) for row in rows}


def _key(by: SpendingBy) -> ColumnElement[Any]:
    match by:
        case "model":
            return func.coalesce(model_call.c.answered_by, model_call.c.model)
        case "command":
            return model_call.c.command
        case "person":
            return model_call.c.person
        case "chat":
            return model_call.c.chat
        case "day":
            return model_call.c.at.op("/")(literal_column(str(DAY_S)))
        case _:
            assert_never(by)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _line(by: SpendingBy, row: AnyRow) -> SpendingLine:
    if by == "day":
        key = datetime.fromtimestamp(int(row.key) * DAY_S, UTC).date().isoformat()
    else:
        key = "" if row.key is None else str(row.key)
    # A server adds big integers up to decimals.
    return SpendingLine(
        key=key,
        n_attempts=int(row.n_attempts),
        n_failed=int(row.n_failed),
        usage=Usage(
            input_tokens=int(row.input_tokens),
            cached_tokens=int(row.cached_tokens),
            output_tokens=int(row.output_tokens),
            reasoning_tokens=int(row.reasoning_tokens),
        ),
        micro_usd=int(row.micro_usd),
        n_estimated=int(row.n_estimated),
    )
