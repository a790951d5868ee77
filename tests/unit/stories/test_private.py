"""What is private looks at what is public, never the other way round."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from core.ports.articles import RecentArticle
from core.stories.attach import Memory, Placement, attach
from core.stories.private import PrivateStories
from core.stories.recent import RecentStories
from tests.unit.stories.newsroom import START, article, groups

CRACK = "Crack found in main cable closes Kestrel Bridge to all traffic"
CLOSED = "Kestrel Bridge closed: inspectors discover cracked cable"
FERRIES = "Ferries replace Kestrel Bridge after engineers find crack in cable"
TEACHERS = "Teachers in Northfield walk out over class sizes"
WALKOUT = "Northfield teachers walk out again over the size of classes"
WIRE = (
    "The harbour office said that the ferry will sail every ten minutes until the repair is done. "
    "Passengers should bring patience, warm clothes and a valid ticket for the whole journey."
)


def store(memory: Memory, articles: Sequence[RecentArticle], first_id: int) -> list[Placement]:
    """Attach articles and give them and their stories ids, as ingestion does."""
    placements = []
    for number, one in enumerate(articles, first_id):
        placement = attach(memory, one)
        if placement.story.id is None:
            placement.story.id = number
        memory.settle(placement.entry, number)
        placements.append(placement)
    return placements


def test_a_private_article_joins_the_public_story_of_its_event() -> None:
    public = RecentStories()
    (crack,) = store(public, [article(CRACK, source="Paper")], 1)

    joined, again = store(
        PrivateStories(public),
        [
            article(CLOSED, minutes=30, source="Own feed"),
            article(FERRIES, minutes=60, source="Other feed"),
        ],
        100,
    )

    assert (joined.story.id, again.story.id) == (crack.story.id, crack.story.id)
    assert joined.story is again.story
    assert [member.id for member in crack.story.members] == [1]


def test_a_private_copy_of_a_public_article_says_whose_it_is() -> None:
    public = RecentStories()
    (wire,) = store(public, [article(CRACK, WIRE, source="Wire")], 1)

    (copy,) = store(
        PrivateStories(public), [article(CRACK, WIRE, minutes=9, source="Own feed")], 100
    )

    assert (copy.duplicate, copy.original) == ("exact", wire.entry)
    assert copy.story.id == wire.story.id


def test_private_articles_of_one_event_are_one_story() -> None:
    private = PrivateStories(RecentStories())

    placements = store(
        private,
        [
            article(TEACHERS, source="Own feed"),
            article(WALKOUT, minutes=40, source="Other feed"),
            article(CRACK, minutes=50, source="Own feed"),
        ],
        100,
    )

    assert groups(placements) == [0, 0, 1]


def test_a_public_article_founds_its_own_story_beside_a_private_one() -> None:
    public = RecentStories()
    store(PrivateStories(public), [article(CRACK, WIRE, source="Own feed")], 100)

    (later,) = store(public, [article(CRACK, WIRE, minutes=9, source="Paper")], 1)

    assert (later.duplicate, later.original, later.story.id) == ("original", None, 1)


def test_two_chats_do_not_know_each_others_stories() -> None:
    public = RecentStories()
    store(PrivateStories(public), [article(CRACK, WIRE, source="Own feed")], 100)

    (other,) = store(
        PrivateStories(public), [article(CRACK, WIRE, minutes=9, source="Own feed")], 200
    )

    assert (other.duplicate, other.story.id) == ("original", 200)


def test_a_memory_loaded_again_goes_on_with_the_story_it_had_joined() -> None:
    public = RecentStories()
    (crack,) = store(public, [article(CRACK, source="Paper")], 1)
    closed = article(CLOSED, minutes=30, source="Own feed")
    (joined,) = store(PrivateStories(public), [closed], 100)

    loaded = PrivateStories.load(public, [_stored(closed, 100, joined.story.id)])
    (ferries,) = store(loaded, [article(FERRIES, minutes=60, source="Other feed")], 101)

    assert ferries.story.id == crack.story.id
    assert [member.id for member in loaded.members(ferries.story)] == [1, 100, 101]


def test_a_new_version_of_a_private_article_is_found_by_its_new_words() -> None:
    private = PrivateStories(RecentStories())
    store(private, [article("Notes", source="Own feed")], 100)

    private.revise(100, article(CRACK, source="Own feed"))
    (closed,) = store(private, [article(CLOSED, minutes=9, source="Other feed")], 101)

    assert closed.story.id == 100


def test_private_articles_are_forgotten_after_their_time() -> None:
    private = PrivateStories(RecentStories())
    store(private, [article(CRACK, source="Own feed")], 100)

    private.advance(START + timedelta(hours=73))

    assert len(private) == 0
    assert private.is_past(START)


POOL = (CRACK, CLOSED, FERRIES, TEACHERS, WALKOUT, "Salt battery at Oakreach goes into service")


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(POOL), st.sampled_from(["public", "chat:1", "chat:2"])),
        max_size=12,
    )
)
def test_public_stories_are_the_same_whatever_is_private(reports: list[tuple[str, str]]) -> None:
    public, alone = RecentStories(), RecentStories()
    private = {owner: PrivateStories(public) for owner in ("chat:1", "chat:2")}
    placed, expected = [], []

    for n, (title, owner) in enumerate(reports):
        one = article(title, WIRE if n % 3 == 0 else "", minutes=n, source=f"Paper {n % 4}")
        placed_here = store(private.get(owner, public), [one], n + 1)
        if owner == "public":
            placed += placed_here
            expected += store(alone, [one], n + 1)

    assert [_told(p) for p in placed] == [_told(p) for p in expected]


def _told(placement: Placement) -> tuple[object, ...]:
    original = placement.original.id if placement.original else None
    return placement.story.id, placement.duplicate, original


def _stored(one: RecentArticle, number: int, story_id: int | None) -> RecentArticle:
    assert story_id is not None
    return replace(one, id=number, story_id=story_id)
