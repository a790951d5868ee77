from datetime import timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.access import visible
from core.ports.windows import Selection, TermGroup
from schemas.principal import Principal, Role, Visibility
from services.adapters.store.engine import SqlStore
from tests.contract.store_news import (
    EVERYTHING,
    NOON,
    add,
    analysis,
    article,
    asking,
    group,
    held,
    hours_ago,
    phrase,
)


async def matching(store: SqlStore, selection: Selection) -> list[str]:
    """Titles of the selected articles, newest first."""
    async with store.transaction(is_write=False) as work:
        window = await work.windows.select(selection)
        found = await work.articles.get(EVERYTHING, window.article_id.tolist())
    return [one.title for one in found]


async def test_a_window_holds_its_end_and_not_its_start(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(
            work,
            article("start", "Start", published_at=hours_ago(24)),
            article("inside", "Inside", published_at=hours_ago(23)),
            article("end", "End", published_at=NOON),
            article(
                "after", "After", published_at=None, first_seen_at=NOON + timedelta(seconds=1)
            ),
        )

    assert await matching(store, asking()) == ["End", "Inside"]


async def test_every_term_must_be_held_by_one_of_its_stems(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(
            work,
            article("1", "bridge opens"),
            article("2", "мост opens"),
            article("3", "bridge closed"),
        )

    assert await matching(store, asking("bridge|мост", "opens")) == ["мост opens", "bridge opens"]


async def test_a_term_that_nobody_holds_matches_nothing(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(work, article("1", "bridge opens"))

    assert await matching(store, asking("bridge", "zeppelin")) == []


async def test_a_term_counts_in_the_window_alone(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(work, article("1", "bridge", published_at=hours_ago(25)))

    assert await matching(store, asking("bridge")) == []


async def test_half_of_the_weight_is_enough_when_asked(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(
            work,
            *(article(f"c{n}", f"common number{n}") for n in range(8)),
            article("rare", "rare other"),
            article("both", "rare common"),
        )

    found = await matching(store, asking("rare", "common", min_weight=0.5))

    assert found == ["rare common", "rare other"]


async def test_the_whole_weight_means_every_term(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(work, article("1", "one two three"), article("2", "one two"))

    assert await matching(store, asking("one", "two", "three", min_weight=1.0)) == [
        "one two three"
    ]


async def test_unknown_terms_weigh_most(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(work, *(article(f"c{n}", f"common {n}") for n in range(5)))

    assert await matching(store, asking("common", "zeppelin", min_weight=0.5)) == []
    assert len(await matching(store, asking("common", "zeppelin", min_weight=0.1))) == 5


async def test_a_phrase_stands_in_order_and_side_by_side(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(
            work,
            article("1", "supreme court rules"),
            article("2", "court supreme rules"),
            article("3", "supreme new court"),
            article("4", "decision of the day", "a supreme court case"),
        )

    found = await matching(store, asking("supreme", phrases=(phrase("supreme court"),)))

    assert found == ["decision of the day", "supreme court rules"]


async def test_a_phrase_does_not_cross_from_title_to_text(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(work, article("1", "this is supreme", "court news"))

    assert await matching(store, asking(phrases=(phrase("supreme court"),))) == []


async def test_a_phrase_takes_any_stem_at_each_place(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(
            work, article("1", "big cat"), article("2", "large cat"), article("3", "big dog")
        )

    found = await matching(store, asking(phrases=((group("big|large"), group("cat|kitten")),)))

    assert found == ["large cat", "big cat"]


@pytest.mark.parametrize("sign", ["%", "_", ".*", "(", "[a", "\\", "a|b", "$", "'"])
async def test_signs_in_a_phrase_mean_themselves(store: SqlStore, sign: str) -> None:
    async with store.transaction() as work:
        await add(work, article("1", f"rate {sign} up"), article("2", "rate xx up"))
    words = (group("rate"), TermGroup(frozenset({sign})), group("up"))

    assert await matching(store, asking(phrases=(words,))) == [f"rate {sign} up"]


async def test_a_phrase_with_a_place_that_nothing_fills_matches_nothing(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(work, article("1", "big cat"))

    assert await matching(store, asking(phrases=((group("big"), TermGroup(frozenset())),))) == []


async def test_excluded_terms_are_out(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(work, article("1", "cat food"), article("2", "cat"), article("3", "dog"))

    assert await matching(store, asking("cat", excluded=(group("food"), group("no")))) == ["cat"]


async def test_an_excluded_phrase_is_out_and_its_words_apart_are_not(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(
            work,
            article("1", "supreme court rules"),
            article("2", "court rules", "the supreme court has ruled"),
            article("3", "court of supreme rules"),
        )

    found = await matching(store, asking("rules", excluded_phrases=(phrase("supreme court"), ())))

    assert found == ["court of supreme rules"]


async def test_language_and_source_narrow(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(
            work,
            article("1", "cat"),
            article("2", "кот", analysis=analysis(["кот"], lang="ru")),
            article("3", "dog"),
            sources=["Herald", "Herald", "Times"],
        )
        times = (await work.articles.find_sources(EVERYTHING, "Times"))[0]

    assert await matching(store, asking(lang="ru")) == ["кот"]
    assert await matching(store, asking(source_ids=frozenset({times.id}))) == ["dog"]
    assert await matching(store, asking(source_ids=frozenset())) == []


async def test_the_cap_keeps_the_newest_and_counts_all(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(
            work,
            *(article(str(n), f"cat {n}", published_at=hours_ago(n)) for n in range(1, 8)),
        )

    async with store.transaction(is_write=False) as work:
        window = await work.windows.select(asking("cat", cap=3))
        table = await work.windows.count_terms(asking("cat", cap=3))

    assert window.n_matching == 7
    assert window.at.tolist() == [int(hours_ago(n).timestamp()) for n in (1, 2, 3)]
    assert held(table) == {"cat": (3, 1), "1": (1, 1), "2": (1, 1), "3": (1, 1)}


async def test_a_pasted_text_is_looked_up_by_its_first_words(store: SqlStore) -> None:
    words = [f"word{n}" for n in range(900)]
    async with store.transaction() as work:
        await add(work, article("1", " ".join(words)))

    assert len(await matching(store, asking(*words))) == 1
    assert len(await matching(store, asking(*words, min_weight=0.5))) == 1


async def test_columns_say_what_is_known_of_each_article(store: SqlStore) -> None:
    mood = {"joy": 0.5, "fear": 0.25, "anger": 0.0, "sadness": 0.125, "surprise": 1.0}
    measured = analysis(["a"], sentiment=-0.5, emotions=mood)
    async with store.transaction() as work:
        await add(
            work,
            article("1", "a", analysis=measured, story_id=7, is_sample=True),
            article("2", "b", published_at=None, analysis=analysis(["b"], lang="ru")),
            sources=["Herald", "Times"],
        )

    async with store.transaction(is_write=False) as work:
        window = await work.windows.select(asking())

    assert window.has_date.tolist() == [False, True]
    assert window.is_sample.tolist() == [False, True]
    assert window.story_id.tolist() == [1, 7]
    assert window.sentiment[1] == -0.5
    assert np.isnan(window.sentiment[0])
    assert window.emotions[1].tolist() == list(mood.values())
    assert np.isnan(window.emotions[0]).all()
    assert [window.langs[n] for n in window.lang] == ["ru", "en"]
    assert [window.source_titles[n] for n in window.source] == ["Times", "Herald"]
    assert [window.families[n] for n in window.family] == ["times", "herald"]


async def test_an_empty_window_has_empty_columns(store: SqlStore) -> None:
    async with store.transaction(is_write=False) as work:
        window = await work.windows.select(asking())
        span = await work.windows.span(EVERYTHING)
        names = await work.windows.families(asking())
        terms = await work.windows.count_terms(asking("cat"), [(NOON, NOON)])
        phrases = await work.windows.keyphrases(asking(), limit=5)

    assert (window.n_matching, window.article_id.shape, window.emotions.shape) == (0, (0,), (0, 5))
    assert (span, names, phrases) == (None, frozenset(), [])
    assert (held(terms), terms.families.shape, terms.active.tolist()) == ({}, (0, 2), [0, 0])


async def test_the_span_is_that_of_what_is_visible(store: SqlStore) -> None:
    private = Visibility(tenants=frozenset({"shared"}), audiences=frozenset({"chat:9"}))
    async with store.transaction() as work:
        await add(
            work,
            article("1", "a", published_at=hours_ago(90)),
            article("2", "b", published_at=hours_ago(2), audience="chat:9"),
        )

        everything = await work.windows.span(EVERYTHING)
        own = await work.windows.span(private)

    assert everything == (hours_ago(90), hours_ago(2))
    assert own == (hours_ago(2), hours_ago(2))


@pytest.mark.parametrize("tenant", ["north", "south"])
@pytest.mark.parametrize("role", [None, "operator", "system"])
async def test_two_tenants_and_three_roles_see_what_is_theirs(
    store: SqlStore, tenant: str, role: Role | None
) -> None:
    principal = Principal(
        tenant=tenant, person="7", chat="5", roles=frozenset({role} if role else ())
    )
    async with store.transaction() as work:
        owners = [
            (owner, audience)
            for owner in ("north", "south", "shared")
            for audience in ("public", "operator", "chat:5", "chat:6")
        ]
        await add(
            work,
            *(
                article(
                    f"{owner} {audience}", f"{owner} {audience}", tenant=owner, audience=audience
                )
                for owner, audience in owners
            ),
        )
    audiences = {
        None: {"public"},
        "operator": {"public", "operator", "chat:5"},
        "system": {"public", "operator", "chat:5", "chat:6"},
    }[role]
    expected = {f"{o} {a}" for o, a in owners if o in {tenant, "shared"} and a in audiences}

    async with store.transaction(is_write=False) as work:
        seen_by = visible(principal)
        articles = await work.articles.get(seen_by, range(1, 13))
        scanned = await work.articles.scan(seen_by, after_id=0, limit=99)
        window = await work.windows.select(asking(visibility=seen_by))
        terms = await work.windows.count_terms(asking(visibility=seen_by))
        counts = await work.ops.counts(seen_by, now=NOON)

    assert {one.title for one in articles} == expected
    assert {row.article.title for row in scanned} == expected
    assert window.n_matching == counts.n_articles == len(expected)
    assert held(terms)["public"][0] == 2


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    texts=st.lists(st.sets(st.sampled_from("abcde"), min_size=1), min_size=1, max_size=12),
    asked=st.lists(st.sampled_from("abcdez"), min_size=1, max_size=3, unique=True),
    excluded=st.lists(st.sampled_from("abcde"), max_size=1),
)
async def test_matching_equals_reading_every_article(
    store: SqlStore, texts: list[set[str]], asked: list[str], excluded: list[str]
) -> None:
    selection = asking(*asked, excluded=tuple(group(word) for word in excluded))
    async with store.transaction() as work:
        ids = await add(
            work, *(article(f"k{n}", " ".join(sorted(words))) for n, words in enumerate(texts))
        )

        window = await work.windows.select(selection)
        table = await work.windows.count_terms(selection)
        await work.ops.purge_articles(before=NOON, sample_only=False, limit=99)

    wanted = [
        (article_id, words)
        for article_id, words in zip(ids, texts, strict=True)
        if words.issuperset(asked) and words.isdisjoint(excluded)
    ]
    assert window.article_id.tolist() == [article_id for article_id, _ in reversed(wanted)]
    assert {word: n for word, (n, _) in held(table).items()} == {
        word: sum(word in words for _, words in wanted)
        for word in set().union(*(words for _, words in wanted))
    }
