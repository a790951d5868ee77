from dataclasses import replace
from typing import Any

from schemas.articles import TextAnalysis
from schemas.principal import Visibility
from services.adapters.store.engine import SqlStore
from tests.contract.store_news import (
    add,
    analysis,
    article,
    asking,
    held,
    hours_ago,
    keyphrase,
    source,
)

NOBODY = Visibility(tenants=frozenset({"elsewhere"}), audiences=None)


async def test_a_family_counts_once_over_any_number_of_hours(store: SqlStore) -> None:
    titles = ["Herald", "Herald Sport", "Times"]
    async with store.transaction() as work:
        stored = await work.articles.ensure_sources(
            [
                source("Herald", family="herald"),
                source("Herald Sport", family="herald"),
                source("Times", family="times"),
            ]
        )
        await work.articles.add(
            [
                replace(
                    article(f"{title} {n}", "cat", published_at=hours_ago(n)),
                    source_id=stored[title].id,
                )
                for title in titles
                for n in range(1, 7)
            ]
        )

    async with store.transaction(is_write=False) as work:
        table = await work.windows.count_terms(asking())
        names = await work.windows.families(asking())

    assert held(table) == {"cat": (18, 2)}
    assert (table.active.tolist(), len(names)) == ([2], 2)


async def test_terms_of_too_few_families_are_left_out(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(
            work,
            article("1", "cat dog"),
            article("2", "cat", analysis=analysis(["cat"], entities=("tom",))),
            article("3", "cat dog"),
            sources=["Herald", "Times", "Herald"],
        )

    async with store.transaction(is_write=False) as work:
        wide = await work.windows.count_terms(asking(), min_families=2)
        every = await work.windows.count_terms(asking())

    assert held(wide) == {"cat": (3, 2)}
    assert held(every) == {"cat": (3, 2), "dog": (2, 1), "e:tom": (1, 1)}


async def test_terms_of_earlier_spans_are_counted_beside_those_of_now(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(
            work,
            article("1", "cat dog"),
            article("2", "cat", published_at=hours_ago(25)),
            article("3", "cat fox", published_at=hours_ago(26)),
            article("4", "elk", published_at=hours_ago(27)),
            article("5", "", published_at=hours_ago(27), analysis=analysis([])),
            sources=["Herald", "Times", "Herald", "Post", "Globe"],
        )

    spans = [(hours_ago(48), hours_ago(24)), (hours_ago(72), hours_ago(48))]
    async with store.transaction(is_write=False) as work:
        table = await work.windows.count_terms(asking(), spans)
        of_cats = await work.windows.count_terms(asking("cat"), spans)

    assert {word: table.families[row].tolist() for row, word in table.words.items()} == {
        "cat": [1, 2, 0],
        "dog": [1, 0, 0],
    }
    # "elk" and "fox" are no words of now, yet rows: what vanished counts as a test too.
    assert (len(table.n), len(of_cats.n)) == (4, 3)
    assert table.active.tolist() == of_cats.active.tolist() == [1, 4, 0]


async def test_a_known_term_is_held_by_an_article_that_the_selection_sees(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(
            work,
            article("1", "cat dog"),
            article("2", "x", analysis=analysis(["snow"], entities=("tom",), lang="ru")),
            article("3", "ice", published_at=hours_ago(40), first_seen_at=hours_ago(40)),
        )

    async with store.transaction(is_write=False) as work:
        asked = ["dog", "snow", "e:tom", "ice", "unknown", "dog"]
        known = await work.windows.known_terms(asking(cap=1), asked)
        russian = await work.windows.known_terms(asking(lang="ru"), asked)
        hidden = await work.windows.known_terms(asking(visibility=NOBODY), asked)
        none = await work.windows.known_terms(asking(), [])

    assert known == {"dog", "snow", "e:tom"}
    assert (russian, hidden, none) == ({"snow", "e:tom"}, frozenset(), frozenset())


async def test_keyphrases_are_summed_with_their_spellings(store: SqlStore) -> None:
    def about(*phrases: tuple[str, float], **changes: Any) -> TextAnalysis:
        made = tuple(keyphrase(text, score, norm=text.lower()) for text, score in phrases)
        return analysis(["x"], keyphrases=made, **changes)

    async with store.transaction() as work:
        ids = await add(
            work,
            article("1", "x", analysis=about(("Old Town", 0.5), sentiment=0.5)),
            article("2", "x", analysis=about(("Old Town", 0.25))),
            article("3", "x", analysis=about(("old town", 0.75), ("Rain", 1.0), lang="ru")),
            article("4", "x", analysis=about(("Old Town", 0.5)), published_at=None),
            sources=["Herald", "Herald", "Times", "Times"],
        )

    async with store.transaction(is_write=False) as work:
        rows = await work.windows.keyphrases(asking(), limit=5)
        first = await work.windows.keyphrases(asking(), limit=1)
        known = await work.windows.known_norms(asking(), ["rain", "snow", "old town"])
        none = await work.windows.known_norms(asking(), [])

    town = rows[0]
    assert (town.norm, town.phrase, town.variants) == ("old town", "Old Town", ("old town",))
    assert (town.n, town.n_families, town.score, town.sentiment) == (4, 2, 0.5, 0.5)
    assert (town.lang, town.ngram, town.article_ids) == ("en", 2, (ids[2], ids[1], ids[0]))
    assert [row.norm for row in rows] == ["old town", "rain"]
    assert first == rows[:1]
    assert known == {"rain", "old town"}
    assert none == frozenset()
