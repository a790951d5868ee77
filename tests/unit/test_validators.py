"""The policy gate: what may leave, what is mended, what is dropped."""

from datetime import UTC, datetime

import pytest

from core.policy.cards import clean_cards
from core.policy.gate import DraftAnswer, check, desk_of, keep_supported
from core.policy.redact import masked
from core.policy.repair import clean_url, cut_at_word
from schemas.analysis import Meta, Topic, TopicsResult
from schemas.drafts import Finding
from schemas.facts import Facts, SourceFact, WindowFacts
from schemas.model_settings import PolicySettings
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
    assert (records[-1].rule, records[-1].detail) == ("evidence", "nothing-left")


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
    kept, _ = keep_supported(
        [_finding(text, is_computed=False)], desk_of((_card(),), FACTS, lang="en")
    )

    assert bool(kept) is expected


def test_a_models_lie_is_dropped_and_its_truth_kept() -> None:
    draft = _draft(
        _finding("The bridge reopened after 12 weeks.", is_computed=False),
        _finding("The bridge cost 900 million.", is_computed=False),
    )

    response, records = check(draft, FACTS)

    assert response is not None
    assert [i.text for i in response.insights] == ["The bridge reopened after 12 weeks."]
    assert ("support", "drop", "insights[1]") in [(r.rule, r.verdict, r.where) for r in records]


SENTENCES = (
    "Write to {} before Friday.",
    "The leaked list held {}, the paper said.",
    "({})",
    "Напишите сюда: {}.",
    "В утечке был {}, сообщает газета.",
    "Связь — {}; спросите Аду",
)


def _left(values: tuple[str, ...], sentences: tuple[str, ...] = SENTENCES) -> list[str]:
    """What still shows private data after the mask."""
    texts = [(sentence.format(value), value) for value in values for sentence in sentences]
    return [text for text, value in texts if value in masked(text)]


def test_pii_detection_email() -> None:
    values = (
        "ada@harbour.example",
        "ada.quill@harbour.example",
        "ADA.QUILL@HARBOUR.EXAMPLE",
        "ada+news@mail.harbour.example",
        "ada_quill-7@harbour-gate.example",
        "почта@гавань.рф",
        "a%b@harbour.example",
    )

    assert _left(values) == []


def test_pii_detection_phone() -> None:
    values = (
        "+7 912 345-67-89",
        "+7 (912) 345-67-89",
        "+79123456789",
        "8 (912) 345-67-89",
        "8-912-345-67-89",
        "+44 20 7946 0958",
        "+1 (212) 736-5000",
        "+1-212-736-5000",
        "(212) 736-5000",
        "+49 30 901820",
    )

    assert _left(values) == []


def test_pii_detection_ssn() -> None:
    sentences = (
        "Her SSN is {}.",
        "Social security number: {}",
        "SSN {} was printed, the paper said",
        "Номер SSN {} попал в утечку.",
        "В анкете: social security {}.",
        "SSN — {}; спросите Аду",
    )
    values = (
        *("219-09-9999", "219 09 9999", "219099999"),
        *("001-01-0001", "078 05 1125", "457-55-5462"),
    )

    assert _left(values, sentences) == []


def test_pii_detection_credit_card() -> None:
    values = (
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111111111111111",
        "5555 5555 5555 4444",
        "2200 0000 0000 0004",
        "3782 822463 10005",
        "6011 1111 1111 1117",
    )

    assert _left(values) == []


def test_private_data_is_masked_wherever_it_would_leave() -> None:
    mail = "ada@harbour.example"
    topic = Topic(label=f"Mail of {mail}", terms=(mail,), size=3, trend="stable")
    draft = _draft(
        _finding(f"Write to {mail}."),
        header=f"“{mail}”",
        tldr=f"It is {mail}.",
        cards=(_card(title=f"Who is {mail}?", snippet=f"Ask {mail} now."),),
        result=TopicsResult(topics=(topic,), emerging=(mail,)),
    )

    response, records = check(draft, FACTS)

    assert response is not None
    assert mail not in response.model_dump_json()
    assert response.insights[0].text == "Write to [e-mail]."
    assert {r.verdict for r in records if r.rule == "pii"} == {"redact"}
    assert not any(mail in record.detail for record in records)


@pytest.mark.parametrize(
    "url",
    [
        "https://daily-harbor.example/bridge",
        "https://news.daily-harbor.example:8443/x",
        "HTTPS://user@Daily-Harbor.example./x",
        "https://xn--80aafc7c0e.xn--p1ai/x",
        "https://новости.гавань.рф/x",
    ],
)
def test_domain_whitelist_pass(url: str) -> None:
    policy = PolicySettings(allow_domains=frozenset({"daily-harbor.example", "гавань.рф"}))

    cards, records = clean_cards((_card(url=url),), policy)

    assert len(cards) == 1
    assert {r.verdict for r in records if r.rule == "domains"} == {"allow"}


@pytest.mark.parametrize(
    "url",
    [
        "https://tidal-rumours.example/x",
        "https://www.TIDAL-rumours.example./x",
        "https://daily-harbor.example@tidal-rumours.example/x",
        "https://tidal-rumours.example:443/x",
        "https://go.daily-harbor.example/?to=https://tidal-rumours.example/x",
        "https://tidal-rumours。example/x",
        "https:\\\\tidal-rumours.example\\@daily-harbor.example",
        "https://слухи.рф/x",
        "https://xn--h1afrjk.xn--p1ai/x",
    ],
)
def test_domain_blacklist_fail(url: str) -> None:
    policy = PolicySettings(deny_domains=frozenset({"tidal-rumours.example", "*.слухи.рф"}))

    cards, records = clean_cards((_card(url=url), _card(2)), policy)

    assert [card.article_id for card in cards] == [2]
    assert ("domains", "drop", "domain") in [(r.rule, r.verdict, r.detail) for r in records]


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("en", "The bridge reopened after 12 weeks.", True),
        ("en", "Мост открылся после 12 недель ремонта.", False),
        ("en", "Die Brücke wurde nach 12 Wochen wieder eröffnet.", False),
        ("en", "Мэр Ada Quill сказала: “a good day for the port”", False),
        ("ru", "Harbour bridge reopens after 12 weeks of repairs", False),
        ("ru", "Мост Harbour открыт: Daily Harbor пишет о 12 неделях", True),
        ("ru", "Daily Harbor: “a good day for the port”, сказала Ada Quill", True),
    ],
)
def test_language_consistency(lang: str, text: str, *, expected: bool) -> None:
    finding = _finding(text, is_computed=False)

    _, records = keep_supported([finding], desk_of((_card(),), FACTS, lang=lang))

    refused = [r.detail for r in records if r.rule == "language" and r.verdict == "drop"]
    assert refused == ([] if expected else [f"language: {lang}"])
