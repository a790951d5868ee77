"""The answer's contract: what readers and programs may rely on."""

import pytest
from pydantic import ValidationError

from schemas.analysis import AnalysisResponse

EVIDENCE = {
    "title": "Harbour bridge reopens after repairs",
    "article_id": "7",
    "url": "https://daily-harbor.example/bridge",
    "date": "2026-11-19",
    "snippet": "The bridge reopened on Thursday.",
}
REF = {"article_id": "7", "url": "https://daily-harbor.example/bridge", "date": "2026-11-19"}


def _answer(**changes: object) -> dict[str, object]:
    """A valid answer as a program would send it, with some fields replaced."""
    return {
        "header": "Topics · 24 hours",
        "tldr": "The harbour bridge is open again.",
        "insights": [{"type": "fact", "text": "The bridge reopened.", "evidence_refs": [REF]}],
        "evidence": [EVIDENCE],
        "result": {
            "kind": "topics",
            "topics": [{"label": "Bridge", "terms": ["bridge"], "size": 3, "trend": "stable"}],
        },
        "meta": {"confidence": 0.7, "model": "local", "version": "1", "correlation_id": "c1"},
        **changes,
    }


def _load(**changes: object) -> AnalysisResponse:
    import json

    return AnalysisResponse.model_validate_json(json.dumps(_answer(**changes)))


def _insight(**changes: object) -> list[dict[str, object]]:
    return [{"type": "fact", "text": "The bridge reopened.", "evidence_refs": [REF], **changes}]


def test_valid_base_response() -> None:
    response = _load()

    assert response.result.kind == "topics"
    assert AnalysisResponse.model_validate_json(response.model_dump_json()) == response


def test_tldr_length_limit() -> None:
    assert len(_load(tldr="x" * 220).tldr) == 220
    with pytest.raises(ValidationError, match="at most 220 characters"):
        _load(tldr="x" * 221)


def test_insight_length_limit() -> None:
    assert len(_load(insights=_insight(text="x" * 180)).insights[0].text) == 180
    with pytest.raises(ValidationError, match="at most 180 characters"):
        _load(insights=_insight(text="x" * 181))


def test_insights_are_one_to_five() -> None:
    with pytest.raises(ValidationError, match="at least 1 item"):
        _load(insights=[])
    with pytest.raises(ValidationError, match="at most 5 items"):
        _load(insights=_insight() * 6)


def test_snippet_length_limit() -> None:
    assert _load(evidence=[{**EVIDENCE, "snippet": "x" * 240}]).evidence[0].snippet == "x" * 240
    with pytest.raises(ValidationError, match="at most 240 characters"):
        _load(evidence=[{**EVIDENCE, "snippet": "x" * 241}])


def test_evidence_required() -> None:
    with pytest.raises(ValidationError, match="at least 1 item"):
        _load(insights=_insight(evidence_refs=[]))
    with pytest.raises(ValidationError, match="points outside evidence"):
        _load(insights=_insight(evidence_refs=[{"article_id": "8", "date": "2026-11-19"}]))
    with pytest.raises(ValidationError, match="needs an article_id or a url"):
        _load(insights=_insight(evidence_refs=[{"date": "2026-11-19"}]))


@pytest.mark.parametrize("date", ["2026-02-30", "19.11.2026", "2026-11-19T10:00", "today", ""])
def test_date_format_validation(date: str) -> None:
    with pytest.raises(ValidationError, match=r"evidence\.0\.date"):
        _load(evidence=[{**EVIDENCE, "date": date}])


@pytest.mark.parametrize("confidence", [-0.01, 1.01])
def test_confidence_range(confidence: float) -> None:
    meta = {"confidence": confidence, "model": "local", "version": "1", "correlation_id": "c1"}
    with pytest.raises(ValidationError, match=r"meta\.confidence"):
        _load(meta=meta)


def test_invalid_insight_type() -> None:
    with pytest.raises(ValidationError, match="'recommendation' or 'conflict'"):
        _load(insights=_insight(type="opinion"))


@pytest.mark.parametrize("field", ["header", "tldr", "insights", "evidence", "result", "meta"])
def test_missing_required_fields(field: str) -> None:
    import json

    answer = _answer()
    del answer[field]
    with pytest.raises(ValidationError, match="Field required"):
        AnalysisResponse.model_validate_json(json.dumps(answer))


def test_extra_fields_rejected() -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        _load(mood="great")
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        _load(insights=_insight(source="me"))


def test_an_answer_cannot_be_changed_after_it_was_made() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        _load().header = "Other"  # type: ignore[misc]


def test_a_number_in_words_is_no_number() -> None:
    topics = [{"label": "Bridge", "terms": ["bridge"], "size": "3", "trend": "stable"}]
    with pytest.raises(ValidationError, match="valid integer"):
        _load(result={"kind": "topics", "topics": topics})
