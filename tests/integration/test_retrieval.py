from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.access import system_principal, visible
from core.ports.articles import NewArticle
from core.ports.index import IndexFilter
from core.ports.outbox import OutboxRow
from core.retrieval.query import parse_query
from core.retrieval.search import Candidate, RetrievalLimits, retrieve_for_analysis
from schemas.articles import Article
from schemas.principal import Principal
from schemas.runs import StoredRun
from schemas.settings import AnswerSettings
from services.adapters.embed.hashing import HashingEmbedder
from services.desk import Desk
from services.wiring import open_desk
from tests.contract.store_news import analysis, article, keyphrase, source
from tests.integration.conftest import (
    ADA,
    answer_of,
    asking,
    counted,
    error_of,
    facts_of,
    run_of,
    settings_for,
    titles_of,
)
from tests.integration.news import COPIED, EN, IMPORTED_AT, NOW, line, write_lines

EVERYTHING = visible(system_principal())
A_DAY = IndexFilter(EVERYTHING, start=NOW - timedelta(hours=24), end=NOW)
A_YEAR = IndexFilter(EVERYTHING, start=NOW - timedelta(days=365), end=NOW)


class MeaningEmbedder(HashingEmbedder):
    """Claims that its vectors carry meaning, as an encoder's do."""

    is_semantic = True


async def find(
    desk: Desk, query: str, where: IndexFilter, *, embedder: HashingEmbedder | None = None
) -> list[Candidate]:
    return await retrieve_for_analysis(
        desk.index,
        embedder or HashingEmbedder(),
        query=parse_query(query),
        where=where,
        limits=RetrievalLimits(),
    )


async def articles(desk: Desk, found: list[Candidate]) -> list[Article]:
    async with desk.store.transaction(is_write=False) as work:
        return await work.articles.get(EVERYTHING, [candidate.id for candidate in found])


async def ask_for(desk: Desk, query: str, **more: object) -> StoredRun:
    return await run_of(desk, await desk.answer(ADA, asking("topics", query, **more)))


async def test_retrieve_for_analysis_with_rrf(desk: Desk) -> None:
    found = await find(desk, "tidal barrier", A_DAY, embedder=MeaningEmbedder())

    both = [c for c in found if {leg.leg for leg in c.legs} == {"sparse", "dense"}]
    assert both
    for candidate in found:
        ranks = [leg.rank for leg in candidate.legs]
        assert candidate.fused_score == pytest.approx(sum(1 / (60 + rank) for rank in ranks))


async def test_retrieve_time_window_24h(desk: Desk) -> None:
    week = [a.at for a in await articles(desk, await find(desk, "Ashgrave", A_YEAR))]
    day = [a.at for a in await articles(desk, await find(desk, "Ashgrave", A_DAY))]

    assert min(week) < NOW - timedelta(hours=24)
    assert day
    assert all(NOW - timedelta(hours=24) < at <= NOW for at in day)


async def test_retrieve_language_filter_ru(desk: Desk) -> None:
    found = await find(desk, "барьер Порт-Сельмер barrier", replace(A_DAY, lang="ru"))

    assert found
    assert {a.lang for a in await articles(desk, found)} == {"ru"}


async def test_retrieve_source_filter(desk: Desk) -> None:
    where = replace(A_DAY, sources=frozenset({"Harbour Daily"}))

    found = await articles(desk, await find(desk, "tidal barrier", where))

    assert found
    assert {a.source for a in found} == {"Harbour Daily"}


async def test_retrieve_deduplication(desk: Desk) -> None:
    found = await articles(desk, await find(desk, COPIED[0], A_DAY))

    assert [a.title for a in found].count(COPIED[0]) == 1


async def test_retrieve_cache_hit(desk: Desk) -> None:
    first = await desk.answer(ADA, asking())
    second = await desk.answer(ADA, asking())

    assert counted(desk, "orchestrator_cache_hits_total", cache="answer") == 1
    assert second.text == first.text
    assert second.correlation_id != first.correlation_id
    assert (await run_of(desk, second)).id != (await run_of(desk, first)).id


async def test_refresh_is_not_answered_from_the_cache(desk: Desk) -> None:
    await desk.answer(ADA, asking())
    await desk.answer(ADA, asking(is_fresh=True))

    assert counted(desk, "orchestrator_cache_hits_total", cache="answer") == 0


async def test_news_that_came_in_meanwhile_is_in_the_next_answer(
    desk: Desk, tmp_path: Path
) -> None:
    before = await facts_of(desk, await desk.answer(ADA, asking()))
    words = ("Lighthouse keeper of Tarnholm retires", "He kept the light for thirty years.")
    more = write_lines(tmp_path / "more.jsonl", [line("k", "en", words, "The Lantern", 3)])
    await desk.import_paths([more])

    after = await facts_of(desk, await desk.answer(ADA, asking()))

    assert after.window.n_counted == before.window.n_counted + 1


async def test_a_refusal_is_not_cached(desk: Desk, tmp_path: Path) -> None:
    wanted = asking("topics", "narwhal")
    error_of(await desk.answer(ADA, wanted))

    error_of(await desk.answer(ADA, wanted))

    assert counted(desk, "orchestrator_cache_hits_total", cache="answer") == 0


@pytest.mark.parametrize("lang", ["en", "ru"])
async def test_the_language_option_filters_facts_and_evidence(desk: Desk, lang: str) -> None:
    run = await run_of(desk, await desk.answer(ADA, asking(lang=lang)))

    assert run.facts is not None
    assert set(run.facts.window.languages) == {lang}
    assert {card.lang for card in run.evidence} == {lang}


@pytest.mark.parametrize("name", ["Harbour Daily", "harbour", "HARBOUR DAILY"])
async def test_the_source_option_filters_facts_and_evidence(desk: Desk, name: str) -> None:
    run = await run_of(desk, await desk.answer(ADA, asking(source=name)))

    assert run.facts is not None
    assert [s.title for s in run.facts.sources] == ["Harbour Daily"]
    assert {card.source for card in run.evidence} == {"Harbour Daily"}


async def test_a_phrase_holds_in_facts_and_evidence(desk: Desk) -> None:
    phrase = await ask_for(desk, '"flooded Port Selmer"')
    words = await ask_for(desk, "flooded Port Selmer")

    assert phrase.facts is not None
    assert words.facts is not None
    assert {c.title for c in phrase.evidence} == {"Schools stay shut in flooded Port Selmer"}
    assert phrase.facts.window.n_matching == 1 < words.facts.window.n_matching


@pytest.mark.parametrize(
    ("query", "left_out"),
    [
        ("Port Selmer -pumps", "Government sends pumps to Port Selmer"),
        ('Port Selmer -"old town"', COPIED[0]),
    ],
)
async def test_exclusions_hold_in_facts_and_evidence(
    desk: Desk, query: str, left_out: str
) -> None:
    everything = await ask_for(desk, "Port Selmer")
    some = await ask_for(desk, query)

    assert left_out in {card.title for card in everything.evidence}
    assert left_out not in {card.title for card in some.evidence}
    assert some.facts is not None
    assert everything.facts is not None
    assert some.facts.window.n_matching < everything.facts.window.n_matching


async def test_an_exclusion_alone_leaves_the_rest_of_the_window(desk: Desk) -> None:
    all_facts = await facts_of(desk, await desk.answer(ADA, asking("topics", lang="en")))
    run = await ask_for(desk, "-barrier", lang="en")

    assert run.facts is not None
    assert 0 < run.facts.window.n_counted < all_facts.window.n_counted
    assert COPIED[0] not in {card.title for card in run.evidence}


async def test_too_few_articles_with_every_word_bring_those_with_half_the_weight(
    desk: Desk,
) -> None:
    reply = await desk.answer(ADA, asking("topics", "barrier insurers sandbags"))

    facts = await facts_of(desk, reply)
    assert facts.window.match == "half_weight"
    assert any("every word" in w or "half" in w for w in answer_of(reply).warnings), answer_of(
        reply
    ).warnings


async def test_an_undated_article_is_counted_and_never_cited(desk: Desk) -> None:
    reply = await desk.answer(ADA, asking("topics", "barrier"))

    assert (await facts_of(desk, reply)).window.n_undated == 1
    assert all(not e.title.startswith("Notice board") for e in answer_of(reply).evidence)
    assert any("without a date" in warning for warning in answer_of(reply).warnings)


async def test_only_undated_articles_are_no_answer(desk: Desk) -> None:
    reply = await desk.answer(ADA, asking("topics", '"lists dry shelters"'))

    assert error_of(reply).error.code == "NO_DATA"
    assert "no dates" in error_of(reply).error.user_message


async def test_the_cap_is_said_when_it_is_hit(folder: Path, tmp_path: Path) -> None:
    words = ("Ferry number {} leaves Tarnholm on time", "It carried {} crates of salted herring.")
    fleet = [
        line(f"f{n}", "en", (words[0].format(n), words[1].format(n)), EN[n % 6], 2 + n / 10)
        for n in range(120)
    ]
    lines = write_lines(tmp_path / "fleet.jsonl", fleet)
    async with open_desk(settings_for(folder, answer=AnswerSettings(max_articles=100))) as desk:
        await desk.import_paths([lines])
        reply = await desk.answer(ADA, asking())
        facts = await facts_of(desk, reply)

    assert facts.window.n_counted == 100 < facts.window.n_matching
    assert f"Counted the newest 100 of {facts.window.n_matching}." in answer_of(reply).warnings


async def test_what_happens_after_now_is_not_seen(desk: Desk) -> None:
    morning = NOW - timedelta(hours=12)

    facts = await facts_of(desk, await desk.answer(ADA, asking(as_of=morning)))

    assert facts.window.end == morning
    assert facts.window.n_counted > 0
    assert all(story.last_at <= morning for story in facts.stories)


async def test_a_later_import_does_not_change_the_past(desk: Desk, tmp_path: Path) -> None:
    past = asking(as_of=IMPORTED_AT, is_fresh=True)
    before = await facts_of(desk, await desk.answer(ADA, past))
    words = ("Tidal barrier of Port Selmer stands again", "Divers closed the tidal barrier.")
    more = [line(f"later-{n}", "en", words, name, 0.5) for n, name in enumerate(EN)]
    await desk.import_paths([write_lines(tmp_path / "later.jsonl", more)])

    after = await facts_of(desk, await desk.answer(ADA, past))

    assert after == before


def private_article(chat: str) -> NewArticle:
    words = ("smugglers", "barrier", "cellar")
    return article(
        "secret",
        "Smugglers barrier cellar",
        "A private tip on the barrier.",
        published_at=NOW - timedelta(hours=3),
        first_seen_at=IMPORTED_AT,
        analysis=analysis(words, keyphrases=(keyphrase("Smugglers barrier"),)),
        story_id=9_999,
        audience=f"chat:{chat}",
    )


async def test_a_private_article_is_for_its_chat_alone(desk: Desk) -> None:
    async with desk.store.transaction() as work:
        feed = source("Whisper", audience="chat:7")
        stored = await work.articles.ensure_sources([feed])
        new = replace(private_article("7"), source_id=stored["Whisper"].id)
        (article_id,) = await work.articles.add([new])
        await work.outbox.append([OutboxRow("article", article_id, 1, "upsert")], at=NOW)
    await desk.importing.drain()
    bob = Principal(person="8", chat="8", roles=frozenset({"reader"}))
    wanted = asking("topics", "barrier")

    mine = await desk.answer(ADA, wanted)
    other = await desk.answer(bob, wanted)

    assert "Smugglers barrier cellar" in await titles_of(desk, mine)
    assert "Smugglers barrier cellar" not in await titles_of(desk, other)
    assert "Whisper" not in {s.title for s in (await facts_of(desk, other)).sources}
