from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import StoreError
from core.ports.articles import KnownArticle
from schemas.principal import Visibility
from services.adapters.store.engine import SqlStore
from tests.contract.store_news import (
    EVERYTHING,
    NOON,
    add,
    analysis,
    article,
    asking,
    hours_ago,
    keyphrase,
    source,
)


async def test_a_source_keeps_its_id_and_its_first_family(store: SqlStore) -> None:
    async with store.transaction() as work:
        first = await work.articles.ensure_sources([source("Herald", family="north")])
        again = await work.articles.ensure_sources([source("Herald", family="south")])

    assert again == first
    assert again["Herald"].family == "north"


async def test_one_title_in_two_chats_is_two_sources(store: SqlStore) -> None:
    async with store.transaction() as work:
        ours = await work.articles.ensure_sources([source("Feed", audience="chat:1")])
        theirs = await work.articles.ensure_sources([source("Feed", audience="chat:2")])

    assert ours["Feed"].id != theirs["Feed"].id


async def test_sources_are_found_by_name_in_any_case_equal_ones_first(store: SqlStore) -> None:
    async with store.transaction() as work:
        await work.articles.ensure_sources(
            [source("Вести Севера"), source("А Вести"), source("Вести"), source("Other")]
        )

        found = await work.articles.find_sources(EVERYTHING, "ВЕСТИ")
        by_domain = await work.articles.find_sources(EVERYTHING, "other.example")
        everything = await work.articles.find_sources(EVERYTHING, None)

    assert [s.title for s in found] == ["Вести", "А Вести", "Вести Севера"]
    assert [s.title for s in by_domain] == ["Other"]
    assert len(everything) == 4


async def test_an_article_comes_back_as_it_went_in(store: SqlStore) -> None:
    new = article("a", "Bridge opens", "The *bridge*  opens.\n", published_at=hours_ago(3))

    async with store.transaction() as work:
        (article_id,) = await add(work, new)
        (stored,) = await work.articles.get(EVERYTHING, [article_id])

    assert (stored.title, stored.text, stored.url) == (new.title, new.text, new.url)
    assert (stored.published_at, stored.first_seen_at) == (new.published_at, new.first_seen_at)
    assert (stored.version, stored.source, stored.family) == (1, "Herald", "herald")


async def test_an_article_counts_at_the_earlier_of_its_two_times(store: SqlStore) -> None:
    async with store.transaction() as work:
        ids = await add(
            work,
            article("early", "Early", published_at=hours_ago(5)),
            article("late", "Late", published_at=NOON + timedelta(hours=3)),
            article("undated", "Undated", published_at=None),
        )
        stored = await work.articles.get(EVERYTHING, ids)

    assert [a.at for a in stored] == [hours_ago(5), NOON, NOON]


async def test_articles_come_in_the_order_asked_without_the_missing(store: SqlStore) -> None:
    async with store.transaction() as work:
        first, second = await add(work, article("a", "One"), article("b", "Two"))

        stored = await work.articles.get(EVERYTHING, [second, 999, first])

    assert [a.id for a in stored] == [second, first]


async def test_known_articles_are_found_by_source_and_key(store: SqlStore) -> None:
    async with store.transaction() as work:
        ours, _ = await add(
            work, article("k", "Ours"), article("k", "Theirs"), sources=["Herald", "Times"]
        )

        known = await work.articles.find_known([1, 1, 7], ["k", "missing", "k"])

    assert known == {
        (1, "k"): KnownArticle(
            id=ours,
            version=1,
            content_hash="'Ours'",
            story_id=1,
            past_hashes=frozenset({"'Ours'"}),
        )
    }


async def test_one_key_is_never_stored_twice(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(work, article("k", "First"))

    with pytest.raises(StoreError, match="a rule of the database refused"):
        async with store.transaction() as work:
            await add(work, article("other", "Fine"), article("k", "Second"))

    async with store.transaction(is_write=False) as work:
        counts = await work.ops.counts(EVERYTHING, now=NOON)
    assert counts.n_articles == 1


async def test_an_unknown_source_is_refused_by_its_id(store: SqlStore) -> None:
    with pytest.raises(StoreError, match="no source has the id 42"):
        async with store.transaction() as work:
            await work.articles.add([article("a", "One", source_id=42)])


async def test_a_copy_may_point_to_an_original_of_its_own_batch(store: SqlStore) -> None:
    async with store.transaction() as work:
        ids = await add(
            work,
            article("a", "One"),
            article("b", "One", duplicate="near", original_index=0),
        )

    assert ids[1] == ids[0] + 1


async def test_a_copy_may_not_point_forward(store: SqlStore) -> None:
    with pytest.raises(StoreError, match="must point to an earlier one"):
        async with store.transaction() as work:
            await add(work, article("a", "One", original_index=1), article("b", "One"))


async def test_story_ids_are_given_once(store: SqlStore) -> None:
    async with store.transaction() as work:
        first = await work.articles.next_story_id(5)
    async with store.transaction() as work:
        second = await work.articles.next_story_id(1)

    assert second == first + 5


async def test_no_ids_cannot_be_reserved(store: SqlStore) -> None:
    with pytest.raises(ValueError, match="at least one id"):
        async with store.transaction() as work:
            await work.articles.next_story_id(0)


async def test_a_revision_is_found_by_its_new_words_at_its_old_time(store: SqlStore) -> None:
    async with store.transaction() as work:
        (article_id,) = await add(work, article("a", "Bridge opens", published_at=hours_ago(9)))

        version = await work.articles.revise(
            article_id, article("a", "Tunnel opens", published_at=NOON)
        )

        (stored,) = await work.articles.get(EVERYTHING, [article_id])
        by_new = await work.windows.select(asking("tunnel"))
        by_old = await work.windows.select(asking("bridge"))
    assert (version, stored.version, stored.title) == (2, 2, "Tunnel opens")
    assert stored.at == hours_ago(9)
    assert (by_new.article_id.tolist(), by_old.article_id.tolist()) == ([article_id], [])


async def test_a_revision_replaces_keyphrases_and_hash(store: SqlStore) -> None:
    before = analysis(["bridge"], keyphrases=(keyphrase("Old Bridge"),))
    after = analysis(["bridge"], keyphrases=(keyphrase("New Bridge"),))

    async with store.transaction() as work:
        (article_id,) = await add(work, article("a", "Bridge", analysis=before))
        await work.articles.revise(article_id, article("a", "Bridges", analysis=after))
        phrases = await work.windows.keyphrases(asking(), limit=9)
        known = await work.articles.find_known([1], ["a"])

    assert [row.phrase for row in phrases] == ["New Bridge"]
    assert known[1, "a"].content_hash == "'Bridges'"


async def test_only_a_stored_article_can_be_revised(store: SqlStore) -> None:
    with pytest.raises(StoreError, match="no article has the id 5"):
        async with store.transaction() as work:
            await work.articles.revise(5, article("a", "One"))


async def test_recent_articles_come_in_clustering_order_with_their_words(store: SqlStore) -> None:
    words = analysis(["opens", "bridge", "river"], entities=("old town",))
    async with store.transaction() as work:
        ids = await add(
            work,
            article("late", "Late", published_at=hours_ago(1)),
            article("same", "Bridge opens", "the river", published_at=hours_ago(2)),
            article("b", "Bridge opens", analysis=words, published_at=hours_ago(2)),
            article("edge", "Edge", published_at=hours_ago(4)),
        )

        recent = await work.articles.load_recent(hours_ago(4), hours_ago(1))

    assert [one.id for one in recent] == [ids[1], ids[2], ids[0]]
    assert recent[1].terms == ("opens", "bridge", "river")
    assert recent[1].title_terms == ("bridge", "opens")
    assert (recent[1].entities, recent[1].minhash) == (("old town",), b"b")


async def test_scanning_walks_all_articles_once(store: SqlStore) -> None:
    async with store.transaction() as work:
        ids = await add(work, *(article(f"k{n}", f"Title {n}") for n in range(5)))

        first = await work.articles.scan(EVERYTHING, after_id=0, limit=3)
        rest = await work.articles.scan(EVERYTHING, after_id=first[-1].article.id, limit=3)

    assert [row.article.id for row in first + rest] == ids
    assert rest[-1].minhash == b"k4"


async def test_text_that_no_database_takes_is_stored_with_replacement_signs(
    store: SqlStore,
) -> None:
    async with store.transaction() as work:
        (article_id,) = await add(
            work, article("k\0", "a\0b \ud800 😀", analysis=analysis(["x\0", "\udfff"]))
        )
        (stored,) = await work.articles.get(EVERYTHING, [article_id])
        known = await work.articles.find_known([1], ["k\0"])

    assert stored.title == "a\ufffdb \ufffd 😀"
    assert known[1, "k\0"].id == article_id


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(titles=st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=5))
async def test_whatever_is_written_its_terms_come_back(store: SqlStore, titles: list[str]) -> None:
    words = [tuple(dict.fromkeys(w.replace("\0", "?") for w in title.split())) for title in titles]
    new = [
        article(f"k{n}", title, analysis=analysis(own))
        for n, (title, own) in enumerate(zip(titles, words, strict=True))
    ]

    async with store.transaction() as work:
        ids = await add(work, *new)
        terms = await work.windows.terms_of(ids)
        gone = await work.ops.purge_articles(before=None, sample_only=True, limit=99)
        await work.ops.purge_articles(before=NOON + timedelta(1), sample_only=False, limit=99)

    assert [terms[article_id] for article_id in ids] == words
    assert gone == []


async def test_more_terms_than_one_statement_takes_are_stored(store: SqlStore) -> None:
    words = [f"word{n}" for n in range(12_000)]
    async with store.transaction() as work:
        (article_id,) = await add(work, replace(article("a", "Long"), analysis=analysis(words)))

        terms = await work.windows.terms_of([article_id])

    assert terms[article_id] == tuple(words)


async def test_the_clusterer_may_load_what_an_audience_owns_alone(store: SqlStore) -> None:
    own = Visibility(tenants=frozenset({"desk"}), audiences=frozenset({"chat:5"}))
    async with store.transaction() as work:
        await add(
            work,
            article("1", "a"),
            article("2", "b", tenant="desk", audience="chat:5"),
            article("3", "c", tenant="desk", audience="chat:6"),
            article("4", "d", tenant="other", audience="chat:5"),
        )

        everything = await work.articles.load_recent(hours_ago(9), NOON)
        private = await work.articles.load_recent(hours_ago(9), NOON, visibility=own)

    assert [(row.tenant, row.audience) for row in everything] == [
        ("shared", "public"),
        ("desk", "chat:5"),
        ("desk", "chat:6"),
        ("other", "chat:5"),
    ]
    assert private == [everything[1]]


async def test_an_article_belongs_to_whom_its_source_belongs_to(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(work, article("1", "a"))

        with pytest.raises(StoreError, match="source 1 belongs to 'public' of 'shared'"):
            await work.articles.add([article("2", "b", tenant="desk", audience="chat:5")])


async def test_how_often_an_article_was_seen_is_read_with_it(store: SqlStore) -> None:
    async with store.transaction() as work:
        ids = await add(work, article("1", "a"), article("2", "b"))
        await work.articles.saw({ids[0]: 900}, at=hours_ago(1))
        await work.articles.saw({ids[0]: 1200}, at=NOON)
        await work.articles.saw({}, at=NOON)

        seen = await work.articles.get(EVERYTHING, ids)
        scanned = await work.articles.scan(EVERYTHING, after_id=0, limit=9)

    assert [(one.views, one.version) for one in seen] == [(1200, 1), (None, 1)]
    assert [row.article.views for row in scanned] == [1200, None]


async def test_views_of_an_article_that_is_not_there_are_refused(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(work, article("1", "a"))

    with pytest.raises(StoreError, match="refused the change"):
        async with store.transaction() as work:
            await work.articles.saw({99: 1}, at=NOON)


async def test_views_go_with_their_article(store: SqlStore) -> None:
    async with store.transaction() as work:
        (number,) = await add(work, article("1", "a"))
        await work.articles.saw({number: 7}, at=NOON)
        gone = await work.ops.purge_articles(before=NOON, sample_only=False, limit=9)
        (again,) = await add(work, article("1", "a"))

        assert gone == [number]
        assert [one.views for one in await work.articles.get(EVERYTHING, [again])] == [None]
