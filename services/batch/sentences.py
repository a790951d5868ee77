"""A row's sentences through the policy rules: what may leave, what was done, by which rule."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import ValidationError

from core.errors import UsageError
from core.policy.claims import Desk, first_objection, make_claim
from core.policy.gate import INSIGHT_LIMIT
from core.policy.records import Log, Objection
from core.policy.redact import redact
from core.policy.repair import cut_at_word
from schemas.drafts import Finding
from schemas.facts import Facts, WindowFacts
from schemas.runs import EvidenceCard, PolicyRecord, Verdict
from services.batch.rows import DATE, SOURCE, TEXT, URL, Fields, Row, first_text

REFS = ("refs", "evidence_refs", "citations", "article_ids")
_TYPES = ("fact", "hypothesis", "recommendation", "conflict")
_WORST: tuple[Verdict, ...] = ("drop", "redact", "rewrite", "allow")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING = Facts(
    window=WindowFacts(
        start=_EPOCH,
        end=_EPOCH,
        asked="",
        used="",
        match="everything",
        n_matching=0,
        n_counted=0,
        n_undated=0,
        n_families=0,
        languages={},
    ),
    sources=(),
)


@dataclass(slots=True)
class _Checked:
    verdict: Verdict
    text: str | None
    records: list[PolicyRecord] = field(default_factory=list)


def policy(row: Row) -> Fields:
    """Hold a row's sentences against its evidence as the desk holds a model's.

    Raises:
        UsageError: The row has no sentence, or its evidence or facts cannot be read.
    """
    evidence, numbers = _evidence(row)
    desk = Desk(
        {card.article_id: card for card in evidence},
        _facts(row),
        row.first(("lang",)) or None,
        row.first(("query",)) or None,
        needs_date=False,
    )
    items = _sentences(row, numbers)
    checked = [_check(item, desk) for item in items]
    kept = [one.text for one in checked if one.text is not None]
    verdicts = {one.verdict for one in checked}
    worst = next(verdict for verdict in _WORST if verdict in verdicts)
    found: Fields = {
        "verdict": worst if kept else "refuse",
        "text": "\n".join(kept),
        "records": [_record(r, n) for n, one in enumerate(checked) for r in one.records],
    }
    if row.has("insights"):
        found["insights"] = [{"verdict": one.verdict, "text": one.text} for one in checked]
    return found


def _check(item: Finding, desk: Desk) -> _Checked:
    log = Log()
    objected = first_objection(make_claim(item, desk), log)
    if objected is not None:
        rule, why = objected
        log.note(rule, "drop", "text", why)
        return _Checked("drop", None, log.records)
    text = cut = redact(item.text, "text", log)
    if len(item.text) > INSIGHT_LIMIT:
        cut = cut_at_word(text, INSIGHT_LIMIT)
        log.note("length", "rewrite", "text", Objection("cut", str(INSIGHT_LIMIT)))
    verdict: Verdict = "allow"
    if log.records:
        verdict = "redact" if text != item.text else "rewrite"
    rules = ("evidence", "links", "injection", "language", "support", "conflict", "pii", "secrets")
    asked = [rule for rule in rules if rule != "language" or desk.lang]
    log.allow_rest(*asked, "length", where="text")
    return _Checked(verdict, cut, log.records)


def _sentences(row: Row, numbers: Mapping[str, int]) -> list[Finding]:
    given = row.fields.get("insights")
    if given is None:
        text = row.first(TEXT)
        if not text:
            raise UsageError("nothing to check: no text and no insights", field="row")
        given = [{**row.fields, "text": text}]
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given) or not given:
        raise UsageError("`insights` takes a list of objects with text and refs", field="row")
    return [_sentence(one, numbers) for one in given]


def _sentence(given: Mapping[str, object], numbers: Mapping[str, int]) -> Finding:
    refs = next((given[name] for name in REFS if given.get(name) is not None), None)
    if refs is None:
        ids: Sequence[int] = tuple(numbers.values())
    elif isinstance(refs, list):
        # An id that was not given gets a number that no article has: its sentence falls.
        ids = tuple(numbers.get(_key(ref), 0) for ref in refs)
    else:
        raise UsageError("`refs` takes a list of ids of the row's evidence", field="row")
    kind = given.get("type")
    return Finding.model_validate(
        {
            "type": kind if kind in _TYPES else "fact",
            "text": first_text(given, TEXT),
            "article_ids": ids,
            "is_computed": False,
        }
    )


def _key(ref: object) -> str:
    if isinstance(ref, Mapping):
        ref = ref.get("id") or ref.get("article_id")
    return str(ref)


def _evidence(row: Row) -> tuple[list[EvidenceCard], dict[str, int]]:
    given = row.fields.get("evidence") or []
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise UsageError("`evidence` takes a list of objects with id, title and text", field="row")
    cards, numbers = [], {}
    for number, one in enumerate(given, 1):
        source = first_text(one, SOURCE)
        numbers[_key(one) if one.get("id") or one.get("article_id") else str(number)] = number
        cards.append(
            EvidenceCard(
                article_id=number,
                title=first_text(one, ("title",)),
                url=first_text(one, URL) or None,
                date=_day(first_text(one, DATE)),
                source=source,
                family=source.lower(),
                snippet=first_text(one, ("snippet", *TEXT)),
                lang=first_text(one, ("lang",)) or row.first(("lang",)) or "en",
            )
        )
    return cards, numbers


def _day(text: str) -> str | None:
    try:
        return datetime.fromisoformat(text).date().isoformat() if text else None
    except ValueError as error:
        raise UsageError(f"the date {text!r} is not written YYYY-MM-DD", field="row") from error


def _facts(row: Row) -> Facts:
    given = row.fields.get("facts")
    if given is None:
        return _NOTHING
    try:
        return Facts.model_validate_json(json.dumps(given))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UsageError(
            f"`facts` cannot be read: {where}: {first['msg']}", field="row"
        ) from error


def _record(record: PolicyRecord, number: int) -> Fields:
    return {
        "rule": record.rule,
        "version": record.version,
        "verdict": record.verdict,
        "where": f"insights[{number}]",
        "detail": record.detail,
        "spans": [list(span) for span in record.spans],
        "us": record.us,
    }
