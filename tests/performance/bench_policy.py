"""How long the policy layer takes: `python -m tests.performance.bench_policy`.

Checks whole answers of five sentences by a model and a summary over ten articles, in English and
in Russian: the articles are cleaned, the sentences checked before the composer and again before
they are sent. Articles differ each time, so that nothing is remembered; prints the median, the
99th percentile and what each rule takes. With `NEWSDESK_EVAL_DATA` the articles are those of its
streams, else they are made up. Last, what masking one line of the log takes.
"""

import gc
import os
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.policy.cards import clean_cards
from core.policy.gate import DraftAnswer, check, desk_of, keep_supported
from monitoring.logs import redact_fields
from schemas.analysis import Meta, Topic, TopicsResult
from schemas.drafts import Finding
from schemas.facts import Facts, SourceFact, StoryFact, TopicFact, WindowFacts
from schemas.model_settings import PolicySettings
from schemas.runs import EvidenceCard, PolicyRecord
from tests.quality.lies import STREAMS, load_cards
from tests.quality.truths import SNIPPET

ROUNDS = 400
N_CARDS, N_INSIGHTS = 10, 5
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
WORDS = {
    "en": "harbour ferry council budget bridge storm captain Quill Tidal Gull Island vote river"
    " market price festival museum Kestrel Bank sailors island school mayor report winter",
    "ru": "гавань паром совет бюджет мост шторм капитан Чайкин Приморск остров голосование река"
    " рынок цена фестиваль музей Прилив банк моряки школа мэр отчёт зима набережная",
}


def main() -> None:
    """Print the table."""
    data = os.environ.get("NEWSDESK_EVAL_DATA")
    for lang in ("en", "ru"):
        cards = _real(Path(data), lang) if data else _made_up(lang)
        times, rules = _measure(cards, lang)
        _report(f"whole layer, {lang}", [wall for wall, _ in times])
        _report("    of it the processor", [cpu for _, cpu in times])
        for name, us in sorted(rules.items(), key=lambda item: -item[1]):
            print(f"    {name:<12} {us / ROUNDS:8.0f} µs an answer")
    _logs()


def _measure(
    cards: Sequence[EvidenceCard], lang: str
) -> tuple[list[tuple[float, float]], dict[str, int]]:
    rng = random.Random(7)
    times: list[tuple[float, float]] = []
    rules: dict[str, int] = defaultdict(int)
    gc.collect()
    gc.freeze()  # as the desk does once it has started
    for number in range(ROUNDS + 10):
        drawn = rng.sample(list(cards), N_CARDS)
        facts = _facts(drawn)
        findings = tuple(
            Finding(type="fact", text=c.title, article_ids=(c.article_id,), is_computed=False)
            for c in drawn[:N_INSIGHTS]
        )
        started, cpu = time.perf_counter(), time.thread_time()
        records = _pass(drawn, findings, facts, lang)
        took, used = time.perf_counter() - started, time.thread_time() - cpu
        if number >= 10:  # the first ones read word lists
            times.append((took * 1000, used * 1000))
            for record in records:
                rules[record.rule] += record.us
    return times, rules


def _pass(
    drawn: Sequence[EvidenceCard], findings: tuple[Finding, ...], facts: Facts, lang: str
) -> tuple[PolicyRecord, ...]:
    cleaned, first = clean_cards(drawn, PolicySettings())
    desk = desk_of(cleaned, facts, lang=lang)
    kept, second = keep_supported(findings, desk)
    answer = DraftAnswer(
        header="Trends · 24 hours",
        tldr=findings[0].text,
        insights=kept or findings,
        result=TopicsResult(
            topics=tuple(
                Topic(label=t.label[:80], terms=t.terms, size=t.size, trend=t.trend)
                for t in facts.topics
            )
        ),
        cards=cleaned,
        meta=Meta(confidence=0.5, model="scripted", version="1", correlation_id="c"),
        max_evidence=N_CARDS,
        is_tldr_computed=False,
        lang=lang,
    )
    _, third = check(answer, facts, desk=desk)
    return (*first, *second, *third)


def _facts(cards: Sequence[EvidenceCard]) -> Facts:
    stories = tuple(
        StoryFact(
            story_id=n,
            headline=card.title,
            lang=card.lang,
            lead_id=card.article_id,
            article_ids=(card.article_id,),
            n_articles=n + 2,
            n_families=n + 1,
            first_at=AT,
            last_at=AT,
            terms=tuple(card.title.split()[:5]),
        )
        for n, card in enumerate(cards)
    )
    return Facts(
        window=WindowFacts(
            start=AT - timedelta(days=1),
            end=AT,
            asked="24h",
            used="24h",
            match="everything",
            n_matching=400,
            n_counted=400,
            n_undated=0,
            n_families=30,
            languages={},
        ),
        sources=(SourceFact(title="Daily Harbor", family="daily harbor", n=9),),
        stories=stories,
        topics=tuple(
            TopicFact(
                label=s.headline,
                terms=s.terms,
                size=s.n_articles,
                trend="stable",
                story_ids=(s.story_id,),
                lead_id=s.lead_id,
            )
            for s in stories
        ),
    )


def _real(data: Path, lang: str) -> list[EvidenceCard]:
    wanted = STREAMS[0] if lang == "ru" else STREAMS[2]
    return [card for card in load_cards(data, wanted) if card.lang == lang]


def _made_up(lang: str) -> list[EvidenceCard]:
    rng = random.Random(lang)
    words = WORDS[lang].split()
    return [
        EvidenceCard(
            article_id=n,
            title=" ".join(rng.choices(words, k=9)) + f" {rng.randint(2, 900)}",
            url=f"https://daily-harbor.example/{n}",
            date="2026-03-02",
            source="Daily Harbor",
            family="daily harbor",
            snippet=(" ".join(rng.choices(words, k=80)) + f" {n}%.")[:SNIPPET],
            lang=lang,
        )
        for n in range(500)
    ]


def _logs() -> None:
    event = {
        "event": "request.finished",
        "level": "info",
        "timestamp": "2026-03-02T12:00:00.123456Z",
        "correlation_id": "4f1c2d3e5a6b7c8d",
        "error": "connect to https://api.daily-harbor.example/v1/feed failed after 3.2 s",
        "command": "trends",
        "ms": 412,
        "model": "scripted",
    }
    times = []
    for _ in range(5_000):
        started = time.perf_counter()
        redact_fields(None, "info", dict(event))
        times.append((time.perf_counter() - started) * 1000)
    _report("masking a line of the log", times)


def _report(name: str, times: Sequence[float]) -> None:
    ordered = sorted(times)
    p99 = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
    print(f"{name:<28} p50 {statistics.median(ordered):7.3f} ms   p99 {p99:7.3f} ms")


if __name__ == "__main__":
    main()
