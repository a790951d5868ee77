"""The policy gate: what may leave, what is mended, what is dropped."""

from datetime import UTC, datetime

import pytest

from core.policy.evidence import is_supported
from core.policy.gate import DraftAnswer, check
from core.policy.repair import clean_url, cut_at_word
from schemas.analysis import Meta, Topic, TopicsResult
from schemas.drafts import Finding
from schemas.facts import Facts, SourceFact, WindowFacts
from schemas.runs import EvidenceCard

FACTS = Facts(
    window=WindowFacts(
        start=datetime(2026, 11, 18, tzinfo=UTC),
        end=datetime(2026, 11, 19, tzinfo=UTC),
        asked="24h",
        used="24h",
        match="everything",
        n_matching=41,
        n_counted=41,
        n_undated=0,
        n_families=7,
        languages={"en": 41},
    ),
    sources=(SourceFact(title="Daily Harbor", family="daily harbor", n=9),),
)


def _card(article_id: int = 1, **changes: object) -> EvidenceCard:
    fields: dict[str, object] = {
        "article_id": article_id,
        "title": "Harbour bridge reopens after 12 weeks of repairs",
        "url": "https://daily-harbor.example/bridge",
        "date": "2026-11-19",
        "source": "Daily Harbor",
        "family": "daily harbor",
        "snippet": "Mayor Ada Quill called it “a good day for the port”.",
        "lang": "en",
        **changes,
    }
    return EvidenceCard.model_validate(fields)


def _finding(text: str = "The bridge reopened.", **changes: object) -> Finding:
    return Finding.model_validate({"type": "fact", "text": text, "article_ids": (1,), **changes})


def _draft(*findings: Finding, **changes: object) -> DraftAnswer:
    topic = Topic(label="Bridge", terms=("bridge",), size=3, trend="stable")
    fields: dict[str, object] = {
        "header": "Topics",
        "tldr": "The bridge is open.",
        "insights": findings or (_finding(),),
        "result": TopicsResult(topics=(topic,)),
        "cards": (_card(),),
        "meta": Meta(confidence=0.5, model="local", version="1", correlation_id="c"),
        **changes,
    }
    return DraftAnswer(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("url", ["http://a.example/x", "HTTP://a.example"])
def test_url_validation_http(url: str) -> None:
    assert clean_url(url) == url


def test_url_validation_https() -> None:
    assert clean_url(" https://a.example/ж?q=1#f ") == "https://a.example/ж?q=1#f"
    for bad in ("javascript:alert(1)", "ftp://a.example", "//a.example", "https://", "a b", ""):
        assert clean_url(bad) is None


def test_a_bad_link_is_left_out_and_its_article_still_cited() -> None:
    response, _ = check(_draft(cards=(_card(url="javascript:alert(1)"),)), FACTS)

    assert response is not None
    assert response.evidence[0].url is None
    assert response.insights[0].evidence_refs[0].article_id == "1"


def test_evidence_ref_validation() -> None:
    draft = _draft(_finding(), _finding("Elsewhere it rained.", article_ids=(99,)))

    response, records = check(draft, FACTS)

    assert response is not None
    assert [i.text for i in response.insights] == ["The bridge reopened."]
    assert ("evidence", "drop", "insights[1]") in [(r.rule, r.verdict, r.where) for r in records]


def test_insight_without_evidence_fails() -> None:
    response, records = check(_draft(_finding(article_ids=())), FACTS)

    assert response is None
    assert records[-1].verdict == "refuse"


def test_an_undated_article_is_never_cited() -> None:
    response, _ = check(_draft(cards=(_card(date=None),)), FACTS)

    assert response is None


def test_snippet_truncation() -> None:
    response, _ = check(_draft(cards=(_card(snippet="word " * 100),)), FACTS)

    assert response is not None
    snippet = response.evidence[0].snippet
    assert len(snippet) <= 240
    assert snippet.endswith("word…")


def test_tldr_truncation() -> None:
    response, records = check(_draft(tldr="reopened bridge " * 30), FACTS)

    assert response is not None
    assert len(response.tldr) <= 220
    assert response.tldr.endswith(("bridge…", "reopened…"))
    assert ("length", "rewrite", "tldr") in [(r.rule, r.verdict, r.where) for r in records]


def test_header_length_validation() -> None:
    response, _ = check(_draft(header="Заголовок " * 20), FACTS)

    assert response is not None
    assert len(response.header) <= 100
    assert response.header.endswith("Заголовок…")


def test_a_word_without_spaces_is_cut_where_it_stands() -> None:
    assert cut_at_word("長" * 300, 240) == "長" * 239 + "…"


def test_empty_response_fails() -> None:
    response, records = check(_draft(insights=()), FACTS)

    assert response is None
    assert records[-1].detail == "no supported sentence is left"


def test_evidence_never_exceeds_what_may_be_cited() -> None:
    cards = tuple(_card(i, url=f"https://a.example/{i}") for i in range(1, 30))
    findings = [_finding(article_ids=(i, i + 10, i + 20)) for i in range(1, 6)]

    response, _ = check(_draft(*findings, cards=cards, max_evidence=4), FACTS)

    assert response is not None
    assert len(response.evidence) == 4
    assert len(response.insights) == 4
    assert all(insight.evidence_refs for insight in response.insights)


def test_a_conflict_cites_both_its_sides_or_goes() -> None:
    cards = tuple(_card(i, url=f"https://a.example/{i}") for i in range(1, 9))
    fact = _finding(article_ids=(3, 4, 5))
    conflict = _finding("One praises it, another does not.", type="conflict", article_ids=(1, 2))

    roomy, _ = check(_draft(fact, conflict, cards=cards, max_evidence=3), FACTS)
    narrow, _ = check(_draft(fact, conflict, cards=cards, max_evidence=2), FACTS)

    assert roomy is not None
    assert [len(i.evidence_refs) for i in roomy.insights] == [1, 2]
    assert narrow is not None
    assert [i.type for i in narrow.insights] == ["fact"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It took 12 weeks", True),  # in the evidence
        ("41 articles tell of it", True),  # computed
        ("It took 13 weeks", False),
        ("It cost $12 million and 500 jobs", False),
        ("Quill: “a good day for the port”", True),
        ("Quill: “a bad day for the port”", False),
        ("The bridge reopened", True),
    ],
)
def test_a_models_figures_and_quotations_must_be_in_its_evidence(
    text: str, *, expected: bool
) -> None:
    numbers = {"41", "7"}

    assert is_supported(text, [_card()], numbers) is expected


def test_a_models_lie_is_dropped_and_its_truth_kept() -> None:
    draft = _draft(
        _finding("The bridge reopened after 12 weeks.", is_computed=False),
        _finding("The bridge cost 900 million.", is_computed=False),
    )

    response, records = check(draft, FACTS)

    assert response is not None
    assert [i.text for i in response.insights] == ["The bridge reopened after 12 weeks."]
    assert ("support", "drop", "insights[1]") in [(r.rule, r.verdict, r.where) for r in records]
