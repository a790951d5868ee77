"""Themes over stories: grouped by what they share, with labels that read well."""

from hypothesis import given
from hypothesis import strategies as st

from core.text.tokens import content_stems
from core.trends.topics import MAX_LABEL, TopicStory, group_topics


def _story(story_id: int, headline: str, *, weight: float = 1.0, lang: str = "en") -> TopicStory:
    return TopicStory(story_id, headline, lang, content_stems(headline, lang), 2, weight)


STORIES = [
    _story(1, "Harbour tunnel flooded after pump failure", weight=5),
    _story(2, "Engineers blame pump failure for flooded harbour tunnel", weight=4),
    _story(3, "Ferry traffic doubles while harbour tunnel stays flooded", weight=3),
    _story(4, "Orchestra names first female conductor", weight=6),
    _story(5, "Beekeepers expect the best honey season in years", weight=2),
    _story(6, "Young chess player wins national title", weight=1),
]


def test_stories_about_one_theme_form_one_topic():
    found = group_topics(STORIES)

    assert [group.story_ids for group in found] == [(4,), (1, 2, 3), (5,), (6,)]
    assert [group.size for group in found] == [2, 6, 2, 2]


def test_a_topic_of_one_story_is_named_by_its_headline():
    assert group_topics(STORIES)[0].label == "Orchestra names first female conductor"


def test_a_topic_of_several_stories_is_named_by_what_their_headlines_share():
    label = group_topics(STORIES)[1].label

    assert "harbour tunnel" in label.lower()
    assert "Orchestra" not in label


def test_terms_are_words_as_people_write_them():
    terms = group_topics(STORIES)[1].terms

    assert any("tunnel" in term.lower() for term in terms)
    assert "engin" not in terms
    assert 1 <= len(terms) <= 10


def test_one_common_term_does_not_join_everything():
    stories = [
        _story(n, f"City {word}") for n, word in enumerate(["budget", "zoo", "opera", "rail"])
    ]

    assert len(group_topics(stories)) == 4


def test_a_chain_of_loosely_related_stories_does_not_become_one_topic():
    words = [f"theme{n}" for n in range(60)]
    stories = [
        TopicStory(n, f"Story {n}", "en", tuple(words[2 * n : 2 * n + 6]), 1, 1.0)
        for n in range(25)
    ]

    assert max(len(group.story_ids) for group in group_topics(stories, max_topics=25)) <= 6


def test_a_long_headline_is_cut_to_the_label():
    label = group_topics([_story(1, "Very long headline " * 20)])[0].label

    assert len(label) <= MAX_LABEL
    assert label.endswith("…")


def test_nothing_gives_nothing():
    assert group_topics([]) == []


@given(
    st.lists(
        st.tuples(st.text(max_size=40), st.lists(st.sampled_from("abcdefgh"), max_size=5)),
        max_size=20,
    )
)
def test_every_story_is_in_at_most_one_topic_whatever_the_order(
    rows: list[tuple[str, list[str]]],
):
    stories = [
        TopicStory(n, headline, "en", tuple(terms), 1, float(n % 3))
        for n, (headline, terms) in enumerate(rows)
    ]

    found = group_topics(stories, max_topics=50)

    ids = [story_id for group in found for story_id in group.story_ids]
    assert sorted(ids) == list(range(len(rows)))
    assert group_topics(list(reversed(stories)), max_topics=50) == found
    assert all(group.terms for group in found)


def test_a_russian_topic_is_named_by_a_headline_and_not_by_words_in_oblique_cases():
    stories = [
        _story(1, "Паром застрял у Северного порта из-за льда", weight=2, lang="ru"),
        _story(2, "У Северного порта лёд остановил паром", weight=1, lang="ru"),
    ]

    found = group_topics(stories)

    assert [group.label for group in found] == ["Паром застрял у Северного порта из-за льда"]
